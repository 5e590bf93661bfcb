"""Functions of our own where libraries differ from each other, or from themselves once they are compiled.

``exponential`` is + - * / alone, so that interpreted and compiled code agree to the bit inside a round. ``normal``
needs a logarithm; it is for set-up, where one program makes what both engines read.
"""

import math
from typing import Any

from sim.compiled import rule

_LOG2E = 1.4426950408889634
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10

# fmt: off
_CENTRE = (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
           1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0)
_CENTRE_BELOW = (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
                 5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0)
_SIDE = (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
         3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0)
_SIDE_BELOW = (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
               1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0,
               2.05319162663775882187e0, 1.0)
_END = (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
        2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0)
_END_BELOW = (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
              7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
              5.99832206555887937690e-1, 1.0)
# fmt: on


@rule
def power(base: float, times: int) -> float:
    """The product of so many equal factors, one after the other (``**`` of a whole number differs once compiled).

    >>> power(0.5, 3), power(0.5, 0)
    (0.125, 1.0)
    """
    product = 1.0
    for _ in range(times):
        product = product * base
    return product


@rule
def exponential(x: float) -> float:
    """e^x from + - * / alone, so that interpreted and compiled code agree to the bit (libraries do not).

    Cody-Waite reduction by ln 2 in two parts, Horner of degree 14, doublings; relative error about 2e-16.

    >>> exponential(0.0), abs(exponential(1.0) - 2.718281828459045) < 5e-16, exponential(-800.0)
    (1.0, True, 0.0)
    """
    if x < -700.0:
        return 0.0
    x = min(x, 700.0)
    doublings = int(x * _LOG2E + 0.5) if x >= 0.0 else -int(0.5 - x * _LOG2E)
    rest = (x - doublings * _LN2_HIGH) - doublings * _LN2_LOW
    power = 1.0
    for degree in range(14, 0, -1):
        power = 1.0 + power * rest / degree
    factor = 2.0 if doublings >= 0 else 0.5
    for _ in range(doublings if doublings >= 0 else -doublings):
        power = power * factor
    return power


@rule
def normal(p: float) -> float:
    """The standard normal quantile of a chance p in (0, 1): algorithm AS 241 (Wichura 1988), about 16 digits.

    >>> normal(0.5), round(normal(0.975), 10), normal(0.25) == -normal(0.75)
    (0.0, 1.9599639845, True)
    """
    q = p - 0.5
    if abs(q) <= 0.425:
        return _ratio(0.180625 - q * q, _CENTRE, _CENTRE_BELOW, q)
    tail = math.sqrt(-math.log(p if q <= 0.0 else 1.0 - p))
    if tail <= 5.0:
        z = _ratio(tail - 1.6, _SIDE, _SIDE_BELOW, 1.0)
    else:
        z = _ratio(tail - 5.0, _END, _END_BELOW, 1.0)
    return -z if q < 0.0 else z


@rule
def _ratio(x: float, above: Any, below: Any, factor: float) -> float:
    """Two polynomials of degree 7, one times a factor over the other, highest coefficient first."""
    numerator, denominator = above[0], below[0]
    for i in range(1, 8):
        numerator = numerator * x + above[i]
        denominator = denominator * x + below[i]
    return numerator * factor / denominator
