"""The write side: the one door through which every change to the outside world goes."""
