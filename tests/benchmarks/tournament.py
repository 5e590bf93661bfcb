"""CPU seconds of a tournament, ours against Axelrod's library 4.13.1, serial, in the same process.

python -m tests.benchmarks.tournament

Eight strategies that both sides know, each with each and with itself, 200 turns, an action error of 5 %. Ours is the
public call, warm (compiled, files read), with everything it does: checking, encoding, playing, means and errors.
Theirs is ``Tournament.play`` without processes, with its results, and without them. The calls take turns, so that a
busy machine is busy for both. Not a test: it takes minutes.
"""

import statistics
import time
import warnings

from experiments.tournament import tournament

PLAYED = {
    "allc": "Cooperator",
    "alld": "Defector",
    "tit_for_tat": "TitForTat",
    "grim": "Grudger",
    "win_stay_lose_shift": "WinStayLoseShift",
    "tit_for_two_tats": "TitFor2Tats",
    "generous_tit_for_tat": "GTFT",
    "random": "Random",
}
TURNS, NOISE = 200, 0.05


def ours(repetitions):
    """CPU seconds of one call."""
    began = time.process_time()
    tournament(list(PLAYED), rounds=TURNS, repetitions=repetitions, action_error=NOISE)
    return time.process_time() - began


def theirs(repetitions, with_results=True):
    """CPU seconds of one serial tournament of Axelrod's library."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import axelrod

        own = {"GTFT": {"p": 0.1}}  # the generosity of conf/strategies/generous_tit_for_tat.yaml
        players = [getattr(axelrod, name)(**own.get(name, {})) for name in PLAYED.values()]
        began = time.process_time()
        played = axelrod.Tournament(players, turns=TURNS, repetitions=repetitions, noise=NOISE, seed=1)
        played.play(progress_bar=False, build_results=with_results)
        return time.process_time() - began


def parts_of_our_time(repetitions):
    """Milliseconds of the parts of one call: rounds, set-up and tables of the engine, and all that is around it."""
    import sim.batch as engine

    spent = dict.fromkeys(("play", "_play", "set_up"), 0.0)

    def timed(name, function):
        def call(*arguments, **named):
            began = time.process_time()
            found = function(*arguments, **named)
            spent[name] += 1e3 * (time.process_time() - began)
            return found

        return call

    before = {name: getattr(engine, name) for name in spent}
    for name, function in before.items():
        setattr(engine, name, timed(name, function))
    try:
        whole = 1e3 * ours(repetitions)
    finally:
        for name, function in before.items():
            setattr(engine, name, function)
    tables = spent["play"] - spent["_play"] - spent["set_up"]
    around = whole - spent["play"]
    return {"rounds": spent["_play"], "set-up": spent["set_up"], "tables": tables, "around the engine": around}


def interleaved(repetitions, times, of_theirs):
    """Medians of ours (of ``times`` calls) and theirs (``of_theirs`` calls), which take turns."""
    mine, others = [], []
    for turn in range(times):
        mine.append(ours(repetitions))
        if turn < of_theirs:
            others.append(theirs(repetitions))
    return statistics.median(mine), statistics.median(others) if others else None


def main():
    """Print everything."""
    ours(2)
    theirs(1)
    mine, others = interleaved(10, 9, 5)
    print(f"10 repetitions: ours {1e3 * mine:.2f} ms, theirs {others:.2f} s, {others / mine:.0f} times")
    bare = statistics.median(theirs(10, with_results=False) for _ in range(3))
    print(f"  theirs without its results: {bare:.2f} s, {bare / mine:.0f} times")
    linear = {}
    for repetitions in (10, 20, 50):
        linear[repetitions] = theirs(repetitions)
        print(f"  theirs, {repetitions} repetitions: {linear[repetitions] / repetitions:.4f} s for each")
    mine, _ = interleaved(1000, 5, 0)
    scaled = linear[50] * 1000 / 50
    print(f"1,000 repetitions: ours {1e3 * mine:.0f} ms, theirs {scaled:.0f} s (50 scaled), {scaled / mine:.0f} times")
    for repetitions in (10, 1000):
        calls = [parts_of_our_time(repetitions) for _ in range(7)]
        medians = {name: statistics.median(call[name] for call in calls) for name in calls[0]}
        parts = ", ".join(f"{name} {milliseconds:.2f}" for name, milliseconds in medians.items())
        print(f"our milliseconds at {repetitions} repetitions: {parts}")


if __name__ == "__main__":
    main()
