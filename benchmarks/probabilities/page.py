"""stub"""
def write(frame, out):
    print(frame.groupby(["dataset","library","arm","proba","metric"]).value.mean().unstack().to_string())
