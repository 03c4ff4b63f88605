"""The words by which a captured page is understood, all languages in one place.

Nothing else in the reader knows a language: to teach it one, add its words to these tables. Words
are compared after ``str.casefold``; an entry of several words is a phrase.
"""
# ruff: noqa: RUF001 - pages are set in many scripts and with curly quotes

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache


def alternation(words: Iterable[str]) -> str:
    """Return a pattern for any of *words*, the longest first; a space is any run of blanks."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in ordered)


@cache
def late(pattern: str) -> re.Pattern[str]:
    """Compile *pattern* when it is first asked: a large one takes 25 ms, in every command."""
    return re.compile(pattern)


def folded(text: str) -> str:
    """Return *text* so that what a pattern finds in any case stands in it in small letters.

    To look for words in it is many times as fast as the pattern, which need not be asked then.
    ``re.IGNORECASE`` takes both of the Turkish i for ours; ``casefold`` does not.
    """
    small = text.casefold()
    return small if small.isascii() else small.replace("\u0131", "i").replace("i\u0307", "i")


def holds_any(text: str, words: Iterable[str]) -> bool:
    """Say whether *text*, which is folded, holds one of *words*, also within another word."""
    return any(word in text for word in words)


def _table(text: str) -> frozenset[str]:
    return frozenset(part.strip().casefold() for part in re.split(r"[|\n]", text) if part.strip())


# CLDR's wide and abbreviated names, in the case that a date puts them in (Russian genitive).
MONTHS = _table("""
january|february|march|april|may|june|july|august|september|october|november|december
jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec
januar|jänner|februar|märz|mai|juni|juli|oktober|dezember|mrz|okt|dez
janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre
janv|févr|avr|juil|déc
enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre
ene|abr|ago|set|dic
janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro|fev|out
gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|gen|mag|giu|lug|ott
januari|februari|maret|agustus|maart|mei|augustus|augusti|desember|marts|maj|mrt
stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia
ocak|şubat|mart|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık
января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря
янв|фев|мар|апр|июн|июл|авг|сен|сент|окт|ноя|нояб|дек
січня|лютого|березня|квітня|травня|червня|липня|серпня|вересня|жовтня|листопада|грудня
يناير|فبراير|مارس|أبريل|إبريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر
كانون الثاني|شباط|آذار|نيسان|أيار|حزيران|تموز|آب|أيلول|تشرين الأول|تشرين الثاني|كانون الأول
ιανουαρίου|φεβρουαρίου|μαρτίου|απριλίου|μαΐου|ιουνίου|ιουλίου|αυγούστου|σεπτεμβρίου|οκτωβρίου
νοεμβρίου|δεκεμβρίου
जनवरी|फ़रवरी|फरवरी|मार्च|अप्रैल|मई|जून|जुलाई|अगस्त|सितंबर|सितम्बर|अक्टूबर|अक्तूबर|नवंबर|नवम्बर|दिसंबर|दिसम्बर
""")

WEEKDAYS = _table("""
monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|tues|wed|thu|thur|thurs|fri|sat
sun
montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|mo|di|mi|do|fr|sa|so
lun|mar|mer|jeu|ven|sam|dim|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche
lunes|martes|miércoles|jueves|viernes|sábado|domingo|lun|mar|mié|jue|vie|sáb|dom
seg|ter|qua|qui|sex|segunda-feira|terça-feira|quarta-feira|quinta-feira|sexta-feira|segunda|terça
quarta|quinta|sexta
lun|mer|gio|ven|sab|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica
senin|selasa|rabu|kamis|jumat|sabtu|minggu|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag
zondag
mandag|tirsdag|onsdag|torsdag|fredag|lørdag|lördag|søndag|söndag|måndag|tisdag
poniedziałek|wtorek|środa|czwartek|piątek|sobota|niedziela
pazartesi|salı|çarşamba|perşembe|cuma|cumartesi|pazar
понедельник|вторник|среда|четверг|пятница|суббота|воскресенье
понеділок|вівторок|середа|четвер|п'ятниця|субота|неділя
الاثنين|الإثنين|الثلاثاء|الأربعاء|الخميس|الجمعة|السبت|الأحد
δευτέρα|τρίτη|τετάρτη|πέμπτη|παρασκευή|σάββατο|κυριακή
सोमवार|मंगलवार|बुधवार|गुरुवार|बृहस्पतिवार|शुक्रवार|शनिवार|रविवार
""")

# "ago", after and before the count.
AGO_AFTER = _table("""
ago|earlier|fa|önce|назад|тому|geleden|sedan|siden|temu|atrás|yang lalu|पहले
""")
AGO_BEFORE = _table("vor|hace|il y a|há|منذ|قبل|przed|sprzed|πριν από|πριν")
SEVERAL = _table("""
a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|a few|several|a couple of
about|about an|about a|over a|less than a|ein|einer|einem|einigen|wenigen|zwei|drei|un|une|una
deux
quelques|unos|unas|dos|tres|um|uma|dois|duas|due|tre|bir|iki|een|en|ett|et|jeden
""")
DAY_WORDS = _table("""
today|yesterday|just now|heute|gestern|gerade eben|aujourd'hui|aujourd’hui|hier|hoy|ayer|hoje
ontem
oggi|ieri|vandaag|gisteren|i dag|i går|idag|igår|dzisiaj|wczoraj|bugün|dün|сегодня|вчера|сьогодні
вчора|اليوم|أمس|今日|昨日|今天|昨天|오늘|어제
σήμερα|χθες|χτες
""")

PUBLISHED = _table("""
published|first published|originally published|posted|created|issued|released|filed|date
publication date
veröffentlicht|erstellt|erschienen|datum|vom|publié|publiée|paru|mis en ligne|créé
publicado|publicada|creado|fecha|publicação|criado em|pubblicato|pubblicata|creato
gepubliceerd|geplaatst|publisert|publicerad|udgivet|opublikowano|data publikacji
yayınlanma|yayınlandı|yayın tarihi|giriş|oluşturulma
опубликовано|дата публикации|опубліковано|نشر|نُشر|نشرت|تاريخ النشر|تم النشر
δημοσιεύτηκε|δημοσιεύθηκε|δημοσίευση|प्रकाशित
公開|掲載|配信|公開日|发布时间|发表于|发布于|发布|發布時間|發布|입력|등록
""")
UPDATED = _table("""
updated|last updated|last modified|modified|revised|last update|update|edited
aktualisiert|zuletzt aktualisiert|letzte aktualisierung|stand|geändert|mis à jour|mise à jour
modifié|actualizado|actualizada|última actualización|modificado|atualizado|atualizada
última atualização|aggiornato|aggiornata|ultimo aggiornamento|modificato|bijgewerkt|laatste update
ενημερώθηκε|τελευταία ενημέρωση|अपडेटेड|अपडेट
oppdatert|uppdaterad|opdateret|sist oppdatert|aktualizacja|zaktualizowano|güncellendi|güncelleme
son güncelleme|обновлено|изменено|оновлено|تحديث|آخر تحديث|تم التحديث|حُدِّث|更新|最終更新|更新日
更新时间|更新於|更新于|최종수정|수정
""")
# What may stand between a label and its date, and between a date and its time.
JOINTS = _table("""
on|at|am|um|den|le|à|el|a las|em|às|il|alle|alle ore|ore|op|om|kl|kl.|klokken|dnia|o|saat|в|о|في
الساعة
""")

BY_WORDS = _table("""
by|story by|interview by|analysis by|review by|compiled by|written by|words by|reported by
report by|text by|von|ein bericht von|par
propos recueillis par
por|di|door|av|af|بقلم|كتب|كتبت|του|της
""")
# These introduce a name only with a colon behind them.
BY_LABELS = _table("""
author|authors|byline|words|text|texte|texto|testo|tekst|autor|autore|auteur|autora|autorin|yazan
haber
автор|авторы|текст|تقرير|文|作者|取材|撮影・文
""")
AND_WORDS = _table("and|und|et|y|e|ed|en|og|och|i|ve|и|та|و|&|with|mit|avec")
NAME_PARTICLES = _table("""
von|van|der|den|de|del|della|di|da|do|dos|das|du|la|le|bin|ibn|al|el|ben|y|zu|zum|ter|ten|af|av
st.
""")
ROLES = _table("""
staff|writer|writers|reporter|reporters|correspondent|correspondents|editor|editors|columnist
chief
bureau|desk|senior|political|science|business|sports|special|foreign|diplomatic|contributor
contributing|deputy|associate|national|local|online|our|newsroom|journalist|team|agencies|wire
reports|report|services|service|the|and|for|in|of|critic|producer|photographer|photos|economics
health|education|environment|technology|city|features|news|world|investigative|freelance|crime
redaktion|redakteur|redakteurin|korrespondent|korrespondentin|rédaction|journaliste|envoyé|envoyée
spécial|spéciale|redacción|redactor|redactora|corresponsal|periodista|redação|repórter|redazione
inviato|inviata|corrispondente|redactie|redaksjonen|muhabiri|editörü|servisi|корреспондент
редакция|обозреватель|مراسل|محرر|編集部|記者|编辑|编辑部
""")

# Each section is made of these words, alone or joined ("Arts & Culture").
SECTION_WORDS = _table("""
world|international|national|local|nation|regional|region|city|metro|state|us|u.s.|uk|usa|europe
asia
africa|americas|america|middle|east|pacific|latin|politics|government|elections|election|news
top stories
stories|top|front page|latest|headlines|business|economy|economics|finance|markets|money
companies|industry|work
jobs|energy|technology|tech|science|space|environment|climate|nature|weather|health|medicine
wellness
education|schools|law|justice|courts|crime|police|defence|defense|military|security|transport
travel
culture|arts|art|books|film|films|movies|music|theatre|theater|stage|tv|television|radio|media
design|architecture
entertainment|celebrity|life|lifestyle|style|fashion|food|drink|wine|family|homes|home & garden
home and garden|garden|homes|property
real estate|housing|society|community|communities|people|religion|faith|history|opinion|opinions
editorial
editorials|commentary|columns|column|letters|analysis|features|feature|magazine|obituaries
sport|sports|football|soccer|rugby|cricket|tennis|golf|cycling|athletics|motorsport|basketball
baseball|hockey
outdoors|agriculture|farming|shipping|maritime|aviation|auto|autos|cars|motoring|gaming|games
video|videos|podcasts|podcast|photos|live|weekend
investigations|explainers|data|ideas|welt|politik|ausland|inland|deutschland|österreich|schweiz
europa
wirtschaft|finanzen|kultur|wissen|wissenschaft|gesellschaft|lokales|regionales|meinung|kommentar
technik
gesundheit|umwelt|klima|reise|panorama|feuilleton|bildung|sport & freizeit|nachrichten|verkehr
digital
monde|international|politique|france|économie|société|culture|sports|sciences|santé|planète|idées
débats
technologies|environnement|régions|région|justice|éducation|actualité|actualités|à la une|opinions
mundo|internacional|política|españa|economía|sociedad|cultura|deportes|ciencia|salud|opinión
tecnología
nacional|local|clima|educación|medio ambiente|sucesos|américa|portugal|brasil|economia|ciência
saúde
desporto|esportes|esporte|opinião|tecnologia|educação|sociedade|ambiente|cotidiano|país
mondo|esteri|cronaca|politica|economia|cultura|sport|scienza|scienze|salute|tecnologia|società
spettacoli|italia
wereld|binnenland|buitenland|economie|wetenschap|gezondheid|cultuur|verden|innenriks|utenriks
økonomi|ekonomi
utrikes|inrikes|världen|kultur|sporten|nyheter|świat|kraj|regio|polityka|gospodarka|nauka|zdrowie
dünya|gündem|siyaset|ekonomi|spor|kültür|kültür sanat|sanat|sağlık|bilim|teknoloji|eğitim|yaşam
türkiye|yerel
мир|в мире|политика|экономика|общество|культура|спорт|наука|здоровье|технологии|происшествия
россия|новости
світ|політика|економіка|суспільство|наука|العالم|عالم|سياسة|اقتصاد|رياضة|ثقافة|علوم|صحة|تكنولوجيا
منوعات|أخبار|محليات|عربي|دولي
πολιτική|οικονομία|κόσμος|ελλάδα|κοινωνία|πολιτισμός|αθλητισμός|αθλητικά|υγεία|επιστήμη|τεχνολογία
देश|दुनिया|विदेश|राजनीति|खेल|व्यापार|कारोबार|मनोरंजन|विज्ञान|स्वास्थ्य|शिक्षा|राज्य
国際|政治|経済|社会|文化|スポーツ|科学|環境|地域|国内|オピニオン|生活|医療|教育|国际|经济|体育|科技|财经|国内|健康|环境|時事|要闻|世界
국제|정치|경제|사회|문화|스포츠|과학
""")

# The nouns of which newspapers are named.
PAPER_WORDS = _table("""
times|post|gazette|herald|tribune|chronicle|courier|journal|news|star|sun|mirror|guardian
observer|telegraph
standard|examiner|inquirer|dispatch|daily|weekly|press|record|register|ledger|globe|mail|express
independent
review|monitor|bulletin|advertiser|argus|echo|citizen|sentinel|leader|messenger|mercury|reporter
banner|beacon|bee
enquirer|intelligencer|pilot|progress|spectator|transcript|voice|wire|tidings|paper|clarion
evening|morning|age|correspondent
zeitung|anzeiger|nachrichten|tagblatt|tageblatt|kurier|rundschau|allgemeine|presse|bote|merkur
blatt|abendblatt|morgenpost|volksblatt|tageszeitung
dépêche|voix|courrier|quotidien|matin|nouvelles|écho|échos|républicain|soir|figaro|monde|parisien
phare
diario|periódico|voz|heraldo|correo|prensa|nación|vanguardia|faro|noticias|universal|mercurio
crónica|país|tiempo|mundo
jornal|diário|folha|correio|público|gazeta|notícias|tribuna|estado|globo
corriere|gazzetta|giornale|messaggero|stampa|repubblica|mattino|nazione|secolo|quotidiano|eco
tempo|sole
courant|dagblad|krant|nieuwsblad|avis|aftenblad|dagbladet|blad|tidende|posten|tidning|tidningen
bladet|dziennik|kurier
gazetesi|gazete|haber|sabah|postası|akşam|haberleri|газета|известия|правда|вестник|ведомости
курьер|время|труд
εφημερίδα|καθημερινή|ναυτεμπορική|समाचार|जागरण|भास्कर|टाइम्स|पत्रिका|उजाला
صحيفة|جريدة|الأهرام|الأخبار|الحياة|الشرق|الصباح|الخليج|البيان|النهار|الجريدة|المساء
""")
# ... and of these in the first place: "Diario de Halden", "Gazeta Codzienna".
PAPER_OPENINGS = _table("""
daily|diario|jornal|gazeta|diário|periódico|correio|corriere|courrier|giornale|gazzetta|tribuna
kurier|dziennik
heraldo|faro|folha|газета|правда|صحيفة|جريدة
""")
# Compounds and scripts without spaces: the masthead ends in one of these.
PAPER_ENDINGS = tuple(
    _table("""
zeitung|anzeiger|nachrichten|tagblatt|tageblatt|abendblatt|volksblatt|morgenpost|kurier|bote
rundschau
bladet|posten|tidende|tidningen|dagblad|courant|新聞|日報|新報|タイムズ|通信|日报|晚报|时报|早报|晨报|周刊|晚報|時報|일보|신문
""")
)
"""Endings of one-word mastheads."""
