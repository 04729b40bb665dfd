def test_x(planted):
    print(len(planted.canary.markers), len(planted.urls))
    print({k: len(v) for k,v in planted.allowed.items()})
