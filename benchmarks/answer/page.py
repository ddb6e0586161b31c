def write(frame, out):
    pass
