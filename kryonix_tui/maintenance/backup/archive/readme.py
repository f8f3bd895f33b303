"""The README.txt of every archive: how to get the data back when this program is not at hand."""

from __future__ import annotations

from typing import Final

README: Final = """\
A backup of a Redis or Valkey server, made by kryonix-tui. It can be restored without that program.

  README.txt     this text
  dump.rdb.zst   the data: an RDB file, compressed with zstd
  manifest.json  where it comes from, how many keys it holds, and the SHA-256 of everything

1. If the name ends in .age, decrypt it first:      age -d -i KEYFILE NAME.tar.age > NAME.tar
2. Compare it with the checksum beside it:          sha256sum -c NAME.tar.sha256
3. Take the data out and look at it:                tar xOf NAME.tar dump.rdb.zst | zstd -d > dump.rdb
                                                    redis-check-rdb dump.rdb
4. Start a server of the same family (manifest.json: server.flavour), at least as new as the one it came from, on it:
   - in its configuration: appendonly no, and `dir` is the folder that dump.rdb lies in;
   - start it, compare INFO keyspace with manifest.json, then switch appendonly on again with CONFIG SET.
   A server that already has data must not be started on this file: what it has would be gone.

---

Backup de um servidor Redis ou Valkey, feito pelo kryonix-tui. Pode ser restaurado sem esse programa.

1. Se o nome termina em .age, decifre primeiro:     age -d -i CHAVE NOME.tar.age > NOME.tar
2. Confira com o arquivo de verificação ao lado:    sha256sum -c NOME.tar.sha256
3. Extraia os dados e confira:                      tar xOf NOME.tar dump.rdb.zst | zstd -d > dump.rdb
                                                    redis-check-rdb dump.rdb
4. Inicie sobre ele um servidor da mesma família (manifest.json: server.flavour), pelo menos tão novo quanto o original:
   - na configuração: appendonly no, e `dir` é a pasta em que está dump.rdb;
   - inicie, compare INFO keyspace com manifest.json e só então religue appendonly com CONFIG SET.
   Um servidor que já tem dados não deve ser iniciado sobre este arquivo: perderia o que tem.
"""
