"""What surrounds a story on a page and is none of it: buttons, banners, teasers, footers.

Each rule is an exact word, the words of a button row, or the opening of a line; none looks into the
middle of a paragraph, so a story *about* cookies or newsletters keeps its text.
"""
# ruff: noqa: RUF001 - pages are set in many scripts and with curly quotes

from __future__ import annotations

import re
from typing import Literal

from .words import folded, holds_any, late

Noise = Literal["line", "teasers", "end"]
"""How far the noise reaches: this line, the teasers under it, or all that follows."""

LONGEST_NOISE = 320
"""In characters: the longest cookie banners and footers seen stay below."""

_WORDS = frozenset(
    """
    share tweet email e-mail mail print save saved bookmark copy link pin post comment comments
    reply like facebook twitter x whatsapp linkedin reddit telegram pinterest instagram threads
    bluesky youtube messenger flipboard mastodon tiktok rss gift this article story page via on
    to & menu search login log in sign up out register account subscribe follow newsletter
    newsletters skip content main section site index navigation close open toggle advertisement
    ad ads advert sponsored promoted listen play pause mute audio video minutes epaper e-paper
    shop help contact home accept reject all cookies settings ok more continue reading scroll
    back top next previous gallery view read full image caption supported by a digital edition
    app download enlarge zoom font size a+ a- aa exclusive breaking watch anzeige werbung teilen
    drucken merken kommentare kommentar kommentieren abonnieren abo anmelden suche menü vorlesen
    startseite artikel akzeptieren ablehnen registrieren zur hauptnavigation publicité partager
    imprimer commenter commentaires s'abonner s’abonner rechercher connexion accueil enregistrer
    écouter accepter refuser envoyer publicidad compartir imprimir guardar comentar comentarios
    suscríbete suscribirse buscar inicio iniciar sesión menú escuchar aceptar rechazar enviar
    copiar enlace publicidade compartilhar partilhar salvar comentários assine entrar início
    ouvir aceitar pubblicità condividi stampa salva commenta commenti abbonati accedi cerca
    ascolta accetta advertentie delen afdrukken opslaan reacties annonse del annons dela skriv
    ut reklama udostępnij drukuj reklam paylaş yazdır kaydet yorumlar yorum abone ol giriş ara
    dinle реклама поделиться печать комментарии сохранить подписаться войти поиск меню إعلان
    شارك مشاركة طباعة تعليقات حفظ اشترك تسجيل الدخول بحث القائمة
    広告 シェア 印刷 保存 コメント ログイン 検索 メニュー 有料会員 登録
    分享 打印 收藏 评论 登录 搜索 菜单 广告 評論 列印 공유 인쇄 댓글 광고 로그인 검색
    """.split()  # noqa: SIM905 - a table of this size reads better as words
)

_OPENINGS = r"""(?ix)
    (?: advertisement\b | article\ continues | story\ continues | continue\ reading
    | scroll\ to\ continue
      | a\ version\ of\ this\ (?:article|story)\ (?:appears|appeared|was\ published)\b
      | read\ (?:more|next|also|the\ full)\b | (?:also|must)\ read\b | see\ also\b | keep\ reading
      | (?:related|watch|listen|more|recommended|trending|video|gallery|in\ pictures
        |live\ updates?|don['’]t\ miss
          |tags?|topics?|filed\ under|keywords|source\ link|follow|explore)\s*:
      | related\ (?:articles?|stories|story|coverage|content|topics?|links?)\b
      | sign\ (?:up|in|out)\b | log\ (?:in|out)\b | subscribe\ (?:to|now|for|today|here)\b
      | get\ (?:the|our)\ .{0,60}newsletter
      | (?:already|become)\ a\ (?:subscriber|member)
      | support\ (?:our|independent|local)\ (?:journalism|newsroom|work|paper)\b
      | download\ (?:our|the)\ .{0,20}app\b
      | listen\ to\ (?:this|the)\ (?:article|story)
      | share\ (?:this|on|via|full|article|story|your)\b
      | (?:print|email|save|gift|bookmark)\ (?:this|article|story)\b | click\ (?:here|to)\b
      | tap\ (?:here|to)\b
      | contact\ us\b | (?:contact|e-?mail|reach|write\ to)\ .{2,60}\ at\b.{0,60}(?:@|\d{3})
      | \S{1,64}@\S{3,80}$ | see\ more\b | our\ standards: | lire\ plus\ tard | ajouter\ à
      | follow\ (?:us|him|her|them|me|the\ author|\S{1,30}\ on)\b
      | join\ the\ (?:conversation|discussion)
      | skip\ to\b | jump\ to\b | back\ to\ top | view\ (?:all|\d+)\ comments?
      | (?:show|hide|leave\ a|post\ a|add\ a)\ comments?
      | terms\ (?:(?:of\ (?:use|service|sale))|(?:and|&)\ conditions)\b
      | privacy\ (?:policy|notice|settings)\b | cookie\ (?:policy|settings|preferences|notice)
      | manage\ (?:cookies|preferences|consent) | your\ (?:privacy|ad)\ choices | do\ not\ sell
      | (?:have\ a|got\ a|send\ us\ a|send\ your)\ (?:news\ )?tips?
      | (?:contact|reach)\ (?:the\ reporter|the\ author|us|him|her)\b
      | (?:this\ )?(?:web)?site\ uses?\ cookies
      | we\ (?:and\ our\ (?:\d+\ )?partners\ )?(?:use|store|value)\b.{0,40}(?:cookie|privacy)
      | by\ (?:continuing|using|clicking)\b.{0,60}(?:our\ site|website|cookies|you\ (?:agree
        |accept|consent)) | you\ have\ \S{1,8}\ (?:free\ )?articles?
      | \d{1,3}\ (?:free\ )?articles?\ (?:left|remaining)
      | this\ (?:article|story)\ is\ (?:for|free|available)\b.{0,40}(?:subscribers?|members?)
      | lesen\ sie\ (?:auch|mehr|dazu|hier) | mehr\ (?:zum\ thema|lesen|dazu)\b | weiterlesen
      | jetzt\ (?:abonnieren|lesen|testen|registrieren)
      | (?:artikel|beitrag)\ (?:teilen|vorlesen|anhören|drucken) | newsletter\ abonnieren
      | wir\ (?:verwenden|nutzen|setzen)\b.{0,40}cookies
      | auch\ interessant | das\ könnte\ (?:sie|dich)\ auch
      | (?:à\ )?lire\ (?:aussi|également|plus|la\ suite)\b | (?:à\ )?voir\ aussi\b
      | sur\ le\ même\ (?:sujet|thème) | abonnez-vous | inscrivez-vous
      | (?:partager|imprimer|écouter)\ (?:cet\ |l['’])?article | nous\ utilisons\b.{0,40}cookies
      | (?:votre\ )?newsletter\ quotidienne
      | (?:lea|lee|leer|ver|vea|mira)\ (?:también|más|además)\b | te\ puede\ interesar
      | más\ información | suscríb[ae]\w{0,4} | regístr[ae]\w{0,4}
      | (?:compartir|imprimir|escuchar)\ (?:esta?\ )?(?:artículo|noticia)
      | (?:utilizamos|usamos|este\ sitio\ (?:usa|utiliza))\b.{0,30}cookies
      | (?:leia|veja|saiba)\ (?:também|mais)\b | continue\ lendo | inscreva-se
      | assine\ (?:a|o|já|agora)\b | continua\ após
      | leggi\ (?:anche|tutto|di\ più)\b | iscriviti\b | potrebbe\ interessarti
      | (?:utilizziamo|questo\ sito\ (?:usa|utilizza))\b.{0,30}cookie
      | lees\ (?:ook|meer)\b | les\ (?:også|mer)\b | läs\ (?:också|även|mer)\b
      | læs\ (?:også|mere)\b | czytaj\ (?:też|także|więcej|również)
      | ayrıca\ (?:okuyun|bakınız) | (?:bunu\ da|bunları\ da)\ okuyun | ilgili\ haber
      | haberin\ devamı | bültenimize | devamını\ oku
      | читайте\ (?:также|ещё|еще|далее) | подпишитесь | подписывайтесь
      | мы\ используем\ .{0,30}cookie | читайте\ також
      | اقرأ\ (?:أيضا|أيضًا|أيضاً|المزيد) | إقرأ\ | تابعونا | اشترك\ | مواضيع\ ذات\ صلة
      | شارك\ (?:هذا|المقال|الخبر)
      | διαβάστε\ (?:επίσης|ακόμ[αη]|περισσότερα|και)\b | (?:यह|ये)\ भी\ पढ़ें
      | 関連記事 | あわせて読みたい | 続きを読む | この記事を(?:シェア|印刷|保存)
      | 会員登録 | (?:残り|有料記事)
      | 相关(?:阅读|新闻|报道) | 延伸阅读 | 相關(?:閱讀|新聞) | 阅读(?:更多|全文)
      | 责任编辑 | 分享(?:到|至) | 扫码 | 点击 | 관련\ ?기사
    )"""

_TEASERS = re.compile(
    r"""
    (?: (?:related|recommended|popular|trending|latest|more|top|other|featured|similar)
        (?:\ (?:articles?|stories|story|coverage|content|news|headlines|reads?|topics?|videos?
          |now|for\ you))?
      | most\ (?:read|popular|viewed|shared|commented)
      | you\ (?:may|might)\ (?:also\ )?(?:like|be\ interested\ in)
      | more\ (?:from|on|in|stories|like)\b.{0,60} | what\ to\ read\ next | read\ next
      | up\ next | see\ also | around\ the\ web | from\ our\ partners
      | editors?['’]?s?\ (?:picks?|choice) | (?:in\ )?other\ news | on\ our\ radar
      | promoted\ (?:stories|links)
      | mehr\ zum\ thema | meistgelesen | das\ könnte\ sie\ auch\ interessieren
      | weitere\ (?:artikel|themen|meldungen|nachrichten)
      | sur\ le\ même\ (?:sujet|thème) | les\ plus\ lus | à\ lire\ aussi | lire\ aussi
      | dans\ la\ même\ rubrique
      | te\ puede\ interesar | lo\ más\ (?:leído|visto) | más\ (?:noticias|leídas)
      | noticias\ relacionadas
      | (?:leia|veja)\ também | mais\ lidas | notícias\ relacionadas | leggi\ anche
      | i\ più\ letti | potrebbe\ interessarti | articoli\ correlati
      | lees\ ook | meest\ gelezen | les\ også | mest\ lest | mest\ läst | ilgili\ haberler
      | en\ çok\ okunanlar
      | читайте\ также | самое\ читаемое | по\ теме | اقرأ\ أيضا | اقرأ\ أيضًا | اقرأ\ أيضاً
      | الأكثر\ قراءة | مواضيع\ ذات\ صلة
      | 関連記事 | アクセスランキング | 相关(?:阅读|新闻|报道) | 延伸阅读 | 热门(?:新闻|文章)
    )\s*:?""",
    re.IGNORECASE | re.VERBOSE,
)

_END = re.compile(
    r"""
    (?: (?:view\ |show\ |read\ )?(?:all\ )?\(?\d{0,6}\)?\s*comments?\s*(?:\(?\d{0,6}\)?)
      | about\ the\ (?:author|writer)s? | leave\ a\ (?:comment|reply)
      | (?:join\ the\ )?(?:conversation|discussion)
      | \(?\d{0,6}\)?\s*(?:kommentare?|commentaires?|comentarios?|comentários?|commenti|reacties
        |kommentarer|komentarze|yorumlar|комментари[ий]|σχόλια)\s*\(?\d{0,6}\)?
      | über\ (?:den\ autor|die\ autorin)
      | (?:评论|評論|コメント)\s*[(（]?\d{0,6}[)）]?
    )""",
    re.IGNORECASE | re.VERBOSE,
)

COPYRIGHT = re.compile(
    r"(?:©|\(c\)|copyright\b)[\s©,]*(?:\(c\)\s*)?(?P<year>(?:19"
    r"|20)\d\d(?:\s*[-–]\s*\d{4})?)?[\s,]*(?:by\s+)?"
    r"(?P<owner>[^.|•·©\d]{2,80})?",
    re.IGNORECASE,
)
_RIGHTS = re.compile(
    r"all\ rights\ reserved|alle\ rechte\ vorbehalten|tous\ droits\ réservés"
    r"|(?:todos\ los\ )?derechos\ reservados"
    r"|direitos\ reservados|diritti\ riservati|alle\ rechten\ voorbehouden|hakları\ saklıdır"
    r"|права\ защищены"
    r"|الحقوق\ محفوظة|無断転載|版权所有|all\ content\ copyright"
    r"|may\ not\ be\ (?:published|reproduced|reprinted)",
    re.IGNORECASE | re.VERBOSE,
)
LONGEST_RIGHTS_CLAUSE = 60
"""Characters before "all rights reserved" in a footer: the owner's name and a year."""
_LONGEST_RESERVATION = 40
# Each reservation of rights holds one of these.
_RIGHTS_WORDS = (
    *("rights reserved", "rechte vorbehalten", "droits réservés", "derechos reservados"),
    *("direitos reservados", "diritti riservati", "rechten voorbehouden", "haklari saklidir"),
    *(
        "права защищены",
        "الحقوق محفوظة",
        "無断転載",
        "版权所有",
        "all content copyright",
        "may not be ",
    ),
)

_SPLIT = re.compile(r"[\s|/·•,:()\[\]…►▶×+]+")
_COUNT = re.compile(r"\d{1,6}[kKmM]?")


def noise(text: str) -> Noise | None:
    """Say whether *text*, one line of a page, is noise, and how far it reaches."""
    if len(text) > LONGEST_NOISE:
        return None
    if _END.fullmatch(text):
        return "end"
    if _TEASERS.fullmatch(text):
        return "teasers"
    if late(_OPENINGS).match(text) or footer(text):
        return "line"
    return "line" if _is_button_row(text) else None


def footer(text: str) -> bool:
    """Say whether *text* is a copyright line: the sign with a year, or a reservation of rights."""
    sign = COPYRIGHT.match(text)
    if sign and sign["year"]:
        return True
    opening = text[: LONGEST_RIGHTS_CLAUSE + _LONGEST_RESERVATION]
    if not holds_any(folded(opening), _RIGHTS_WORDS):
        return False
    rights = _RIGHTS.search(opening)
    return bool(rights and rights.start() <= LONGEST_RIGHTS_CLAUSE)


def _is_button_row(text: str) -> bool:
    words = [word for word in _SPLIT.split(text.casefold()) if word]
    return all(word in _WORDS or _COUNT.fullmatch(word) for word in words)
