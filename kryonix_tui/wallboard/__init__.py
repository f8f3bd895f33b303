"""`kryonix wallboard`: a screen that nobody touches. It shows, and can do nothing else.

turns      what it goes through      rotation   what is on the wall now, and what comes next
critical   what interrupts that      alerting   whether alerts would reach anybody at all
proof      that it cannot write      pages      where panels stand on a screen of some size
tiles      a panel as large figures  digits     the letters that they are written in
drawing    tiles as lines            signs      what stands above them
app        the terminal
"""
