"""A web application on a loopback port of this machine: started, stopped, started again."""

from aiohttp import web


class LoopbackSite:
    """Serves one application at a time on 127.0.0.1."""

    def __init__(self) -> None:
        self.url = ""
        self._web: web.AppRunner | None = None

    async def serve(self, app: web.Application, port: int) -> None:
        """Serve it (port 0: any that is free). Raises OSError when the port is taken."""
        self._web = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._web.setup()
        try:
            await web.TCPSite(self._web, "127.0.0.1", port).start()
        except OSError:
            await self.close()
            raise
        self.url = f"http://127.0.0.1:{self._web.addresses[0][1]}"

    async def close(self) -> None:
        """Serve no more."""
        if self._web is not None:
            await self._web.cleanup()
            self._web = None
