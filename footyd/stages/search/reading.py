"""What a post's text says about a goal: scores, minutes, and telling words."""

from __future__ import annotations

import re

from footyd.model import Goal
from footyd.stages.search.words import fold, squeeze, vocabulary

_SCORE = re.compile(r"(?<![\d:.,/+-])(\d{1,2}) ?(?:-|:|x| a ) ?(\d{1,2})(?![\d'%/+]|[:.,-]\d)", re.IGNORECASE)
_BRACKETS = re.compile(r"[\[\]()*]")
_MINUTES = (
    re.compile(r"(?<![\d+])(\d{1,3})'? ?\+ ?(\d{1,2})(?!\d)"),
    re.compile(r"(?<![\d+])(\d{1,3})() ?(?:'|\.? ?(?:min|dk\b|dakika))", re.IGNORECASE),
    re.compile(r"\b(?:minuto|minute|minuta|min|dakika)\.? ?(\d{1,3})()\b", re.IGNORECASE),
)
MOST_GOALS = 15
"""Above it two numbers are a time of day or a date, not a score."""

_GOAL = vocabulary(
    """⚽, goal, goals, gol, gols, golazo, golaco, golasso, scores, scored, scoring, scorer, equaliser,
    equalizer, penalty, own goal, gola, goleada, marca, marcou, marque, but de, but pour, quel but,
    ouvre le score, egalisation, tor, tore, treffer, eigentor, fuhrung, rete, segna, autogol, autorete,
    raddoppio, pareggio, doelpunt, golu, golunu, *هدف*, *جول*, *ゴール*, *골*"""
)
_OTHER_MOMENT = vocabulary(
    """interview*, press conference, rueda de prensa, conferenza stampa, lineup, lineups, line-up,
    line-ups, starting xi, alineacion, escalacao, formazione, formazioni, aufstellung, training,
    warm-up, warmup, what a save, red card, tarjeta roja, cartao vermelho, missed, misses, disallowed,
    ruled out, offside, anulado, annullato, aberkannt, but refuse, iptal, golu iptal, kick-off soon"""
)
_BETTING = vocabulary(
    """betting, bets, betslip, betslips, bet builder, betbuilder, free bet, safe bet, place your bet,
    bet now, bet365, 1xbet, stake.com, parlay, parlays, tipster, tipsters, betting tips, free tips, sure
    tips, wager*, giveaway, giveaways, casino, deposit, promo code, promocode, bonus code, prediction,
    predictions, apuestas, cuota, cuotas, pronostico, pronosticos, pronostici, sorteo, aposta, apostas,
    palpite, palpites, scommessa, scommesse, sportwetten, paris sportif, paris sportifs, pronostic,
    pronostics, cote boostee, bahis, iddaa, betting odds, best odds, odds boost, live odds, *مراهنات*"""
)
_BETTING_AUTHOR = re.compile(r"bets?\d*$|betting|tips(?:ter)?\d*$|casino|parlay|apuestas", re.IGNORECASE)


def scores(text: str) -> frozenset[tuple[int, int]]:
    """Every score written in the text, as 1-0, 1–0, 1:0, 1 x 0, 1 a 0 or [1]-0."""
    found = _SCORE.findall(_BRACKETS.sub("", fold(text)))
    return frozenset((int(one), int(two)) for one, two in found if _is_count(one) and _is_count(two))


def _is_count(number: str) -> bool:
    return int(number) <= MOST_GOALS and str(int(number)) == number


def minutes(text: str) -> frozenset[tuple[int, int]]:
    """Every minute written in the text as (minute, added): 23' → (23, 0), 45+2' → (45, 2)."""
    rest = fold(text)
    found: set[tuple[int, int]] = set()
    for pattern in _MINUTES:
        found |= {(int(minute), int(added or 0)) for minute, added in pattern.findall(rest)}
        rest = pattern.sub(" ", rest)
    return frozenset(found)


def is_minute_of(goal: Goal, minute: int, added: int) -> bool:
    """People write the running or the begun minute, and added time as 45+2' or 47'."""
    extra = goal.extra or 0
    if added:
        return minute == goal.minute and abs(added - extra) <= 1
    return abs(minute - goal.minute) <= 1 or abs(minute - goal.minute - extra) <= 1


def tells_goal(text: str) -> bool:
    return _GOAL.search(squeeze(text)) is not None


def tells_other_moment(text: str) -> bool:
    """Whether the text speaks of a save, an interview, a line-up, a disallowed goal…"""
    return _OTHER_MOMENT.search(squeeze(text)) is not None


def betting_word(text: str, author: str) -> str | None:
    """The word that gives a betting, prediction or giveaway post away."""
    found = _BETTING.search(squeeze(text)) or _BETTING_AUTHOR.search(author)
    return found.group().lower() if found else None
