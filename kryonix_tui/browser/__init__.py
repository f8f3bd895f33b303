"""`kryonix serve`: the console in a browser. Each window is a process of its own that cannot write.

browser ⇄ gate (who may) ⇄ server (page, websocket) ⇄ session (packets) ⇄ kryonix --role viewer --read-only
"""
