def write(frame, out):
    print(frame.groupby(["dataset","library","setting","arm","metric"]).value.mean().unstack().to_string())
