"""Telling words of posts in English, Spanish, Portuguese, Italian, German, French, Arabic and Turkish.

Terms are parted by commas, `*` stands for more letters; accents, case and drawn-out letters do not count.
"""

from __future__ import annotations

import re

from footyd.stages.search.words import vocabulary

GOAL = vocabulary(
    """⚽, goal, goals, scores, scored, scoring, scorer, equaliser, equalises, equalized, equalizer,
    equalizes, levels it, penalty, own goal, og, nets, netted, strikes, slots home, winner, opener,
    breaks the deadlock, doubles the lead, pulls one back, makes it,
    gol, gols, gola, golazo, goles, golo, golos, golaco, golasso, goleada, marca, marco, anota, empata,
    define, se adelanta, marcou, faz o, abre o placar, vira o jogo, inaugura,
    rete, segna, sblocca, raddoppio, raddoppia, pareggio, pareggia, in vantaggio, autogol, autorete,
    tor, tore, torr, treffer, eigentor, fuhrung, trifft, traf, erzielt, ausgleich, gleicht, köpft,
    but de, but du, but pour, but contre, quel but, le but, premier but, deuxieme but, troisieme but,
    second but, ouvre le score, egalise, egalisation, marque, double la mise, fait le break, reduit l'ecart,
    *هدف*, *جول*, *يسجل*, سجل, يعادل, *التعادل, يتقدم,
    golu, golunu, atti, one gecti, esitlik, beraberlik, skoru, doelpunt, *ゴール*, *골*"""
)
SHOUTED_GOAL = re.compile(r"\b(?:g+o{2,}l+|g+o+l{2,}|b+u{2,}t+|t+o{2,}r+|goo+a+l+)\b", re.IGNORECASE)

OTHER_MOMENT = vocabulary(
    """interview*, press conference, presser, post-match, mixed zone, full interview, lineup*, line-up*,
    starting xi, team news, xi:, preview, build-up, training, warm-up, warmup, kick-off soon, matchday live,
    what a save, big save, massive save, huge save, great save, brilliant save, denies, denied, to deny,
    missed, misses, open goal, red card, sent off, second yellow, disallowed, ruled out, chalked off,
    no goal, offside, var check, substitution, subbed, substituted, highlights, all the goals, on this day,
    otd, throwback, flashback, years ago, never gets old, career mode, ea fc, fc 26, fc 25, fifa 23,
    efootball, football manager, fpl, fantasy, gameweek,
    entrevista*, rueda de prensa, zona mixta, declaraciones, tras el partido, alineacion*, once inicial,
    xi del, xi de, titular, titulares, convocatoria, previa, calentamiento, entrenamiento, paradon,
    atajada, atajadon, gol anulado, anulado, anulan, fuera de juego, tarjeta roja, expulsado, expulsion,
    sustitucion, resumen, un dia como hoy, tal dia como hoy,
    coletiva, zona mista, pos-jogo, escalacao, escalado, escalados, escalada, aquecimento, treino,
    relacionados, pre-jogo, defesaca, que defesa, anula gol, impedimento, impedido, fora de jogo,
    cartao vermelho, expulso, substituicao, melhores momentos, resumo, neste dia, relembre,
    intervista*, conferenza stampa, ai microfoni, nel post partita, dichiarazioni, formazione, formazioni,
    titolari, convocati, riscaldamento, allenamento, parata, parato, miracolo, miracoloso, annullato,
    annulla, fuorigioco, cartellino rosso, rosso diretto, sostituzione, sintesi, accadde oggi, fantacalcio,
    pressekonferenz, nach dem spiel, stimmen zum spiel, aufstellung*, startelf, vorschau, vorbericht,
    aufwarmen, pariert, glanzparade, parade, verschiesst, verschossen, vergibt, abseits, aberkannt,
    zahlt nicht, kein tor, rote karte, platzverweis, gelb-rot, auswechslung, ausgewechselt, einwechslung,
    zusammenfassung, heute vor, conference de presse, au micro, zone mixte, apres-match, compo, compos,
    composition*, onze de depart, titulaire*, echauffement, entrainement, avant-match, quel arret,
    enorme arret, but refuse, but annule, refuse pour, hors-jeu, hors jeu, carton rouge, expulse,
    remplacement, resume du match, le resume, *تصريح*, *مقابلة*, *مؤتمر*, *تشكيل*, *تدريب*, إحماء, تصدي,
    يتصدى, يهدر, *ملغي, إلغاء, تسلل, بطاقة حمراء, طرد, تبديل, ملخص, أهداف المباراة, في مثل هذا اليوم,
    roportaj*, basin toplantisi, aciklama*, mac sonu, mac oncesi, ilk 11, muhtemel 11, kadro*, isinma,
    antrenman*, idman*, kurtaris*, kurtardi, kacirdi, iptal, ofsayt, kirmizi kart, oyuncu degisikligi, ozet,
    tarihte bugun"""
)
"""Moments that are no goal, and other kinds of clips; a full description of the goal still wins over them."""

GOAL_STANDS = vocabulary(
    """goal stands, goal given, goal is given, onside, not offside, var confirms, gol valido, es valido,
    gol legal, convalidado, vale o gol, gol confirmado, confirma el gol, confirma o gol, convalidato,
    gol buono, tor zahlt, kein abseits, but valide, but accorde, *هدف صحيح*, احتساب الهدف, gol gecerli"""
)
"""A look at the video that took nothing back."""

PERHAPS_OTHER = vocabulary(
    """reaction*, reacts, nutmeg*, tackle, skill, skills, dribble*, foul, penalty shout, penalty claim,
    injury, injured, celebration*, chance, over the bar, off the post, off the bar, hits the post, build up,
    reaccion*, cano, regate, penalti a, penal a, lesion, festejo*, celebracion, al palo, al poste,
    travesano, reacao, caneta, drible, na trave, confusao, comemoracao, reazione, tunnel, dribbling,
    traversa, esultanza, reaktion*, tunnler, latte, pfosten, jubel, petit pont, sur la barre,
    sur le poteau, celebration, رد فعل*, احتفال*, العارضة, القائم, tepki*, direkten, sevinc*"""
)

BETTING = vocabulary(
    """betting, bets, betslip, betslips, bet builder, betbuilder, free bet, safe bet, place your bet, bet now,
    bet365, 1xbet, stake.com, parlay, parlays, acca, accas, anytime goalscorer, anytime landed, vip channel,
    vip group, cash out, slip in bio, gamble responsibly, begambleaware, tipster, tipsters, betting tips,
    free tips, sure tips, tomorrow's tips, today's tips, wager*, giveaway, giveaways, casino, deposit,
    promo code, promocode, bonus code, prediction, predictions, betting odds, best odds, odds boost,
    live odds, apuesta, apuestas, cuota, cuotas, pronostico, pronosticos, codigo promocional, sorteo,
    aposta, apostas, palpite, palpites, bilhete pronto, cadastra, cadastre-se,
    pronostici, scommessa, scommesse, schedina, multigol, bonus benvenuto, marcatore quota,
    sportwetten, wettquote*, wettschein, wett-tipp, neukunden*, freiwette,
    paris sportif, paris sportifs, pronostic, pronostics, prono, pronos, cote boostee,
    bahis, iddaa, kupon*, banko, deneme bonusu, *مراهن*, *رهان*, *توقع*, اربح"""
)
ODDS = re.compile(
    r"\b(?:odds?|cuota|cote|quota|quote|oran)(?: (?:de|a|at|era|etait|von|est))* ?[@:]? ?\d{1,2}[.,]\d\d\b"
)
BETTING_AUTHOR = re.compile(
    r"bets?\d*$|betting|tips(?:ter)?\d*$|casino|parlay|apuestas|acca|iddaa|bahis", re.IGNORECASE
)

OTHER_SQUAD = vocabulary(
    """women, women's, wfc, wsl, awfc, ladies, femenino, femenina, feminino, feminina, femminile, frauen,
    feminine, feminines, feminin, kadin, kadinlar, *سيدات*, *للسيدات, u15, u16, u17, u18, u19, u20, u21,
    u23, under 21, under-21, under 18, sub-15, sub-17, sub-20, sub-23, sub 20, sub 17, youth team,
    youth league, primavera, juvenil, juniores, b team, reserves, al-shabab u, تحت 21, تحت 23"""
)
