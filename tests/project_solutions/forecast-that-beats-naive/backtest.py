import numpy as np


def last_week(history, horizon):
    return np.resize(history[-7:], horizon)


def backtest(series, forecaster, *, first, horizon, step=7):
    rows = []
    for cut in range(first, len(series) - horizon + 1, step):
        forecast = np.asarray(forecaster(series[:cut].copy(), horizon))
        if forecast.shape != (horizon,):
            raise ValueError(f"a forecast of {horizon} days was asked for")
        rows.append(forecast - series[cut : cut + horizon])
    return np.array(rows)


def scaled_error(errors, series, first, season=7):
    past = series[:first]
    return float(np.abs(errors).mean() / np.abs(past[season:] - past[:-season]).mean())


def coverage(lows, highs, truth):
    return float(np.mean((lows <= truth) & (truth <= highs)))
