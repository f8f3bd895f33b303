"""A Redis or Valkey server, read-only: connection and guard, server facts, census, tenant facts, permissions."""

from kryonix_tui.sources.redis.source import RedisSource

__all__ = ["RedisSource"]
