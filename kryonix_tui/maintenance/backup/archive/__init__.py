"""The archive format, version 1: a plain tar that can be restored without this program.

    kryonix-<scope>-<time>-<id>.tar          README.txt, dump.rdb.zst, manifest.json, in this order and nothing else
    kryonix-<scope>-<time>-<id>.tar.age      the same, encrypted as a whole
    <either>.sha256                          size and SHA-256 of the file beside it; `sha256sum -c` reads it

`naming` knows the names, `container` the tar, `payload` the compressed RDB, `manifest` and `signature` what is said of
it, `encryption` age, `sidecar` the file beside it, `part` files that are being written, `writer` puts it all together.
"""
