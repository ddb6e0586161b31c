def write(frame, out):
    print(frame[frame.metric=="savings"].groupby(["dataset","library","arm","rule","proba"]).value.mean().to_string())
