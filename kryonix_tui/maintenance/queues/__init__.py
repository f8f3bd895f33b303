"""Operators at work on queues: move, requeue, drop, drain to a file, replay from it; and looking at what is in an item.

No item is lost and none is doubled, whoever pushes and pops meanwhile and whenever this process is killed: see `held`.
"""
