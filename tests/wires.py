"""Wire stories of our own in several languages, and what newsrooms do to them."""

from __future__ import annotations

from typing import NamedTuple


class Wire(NamedTuple):
    """A story: its headline and its paragraphs."""

    title: str
    paragraphs: tuple[str, ...]


ENGLISH = Wire(
    "Old lighthouse at Carrow Point to be rebuilt",
    (
        (
            "The lighthouse at Carrow Point, which storms have damaged in each of the last 3 winters,"
            " will be taken down and rebuilt 140 metres inland, the harbour board said on Tuesday."
        ),
        (
            "Engineers found that the cliff below the tower loses about 1.4 metres a year. The board's"
            " chairwoman, Margaret Ellery, said that doing nothing would have meant losing it by 2031."
        ),
        (
            "The work is to cost 6.2 million pounds. The county pays half, the rest comes from a fund"
            " that fishing families set up after the wreck of the trawler Anne Marie in 1954."
        ),
        (
            "Each of the 2,316 granite blocks will be numbered before it is moved. The lamp, made in"
            " Birmingham, still throws its light 19 miles out to sea and will be kept as it is."
        ),
        (
            "Not everyone is content. Peter Nance, who runs the campsite behind the dunes, said nobody"
            " had asked him whether he wanted a tower next to his tents."
        ),
        (
            "Visitors can climb the stairs until the end of September; then the keepers' cottage closes"
            " and the scaffolding goes up."
        ),
    ),
)
GERMAN = Wire(
    "Stadtwerke verlegen Fernwärmeleitung unter der Elbe",
    (
        (
            "Die Stadtwerke haben am Montag mit dem Bau einer Fernwärmeleitung unter der Elbe begonnen,"
            " die vom Jahr 2028 an rund 11.500 Haushalte im Süden der Stadt versorgen soll."
        ),
        (
            "Der Tunnel wird 1,2 Kilometer lang und liegt bis zu 24 Meter unter dem Flussbett. Die"
            " Tunnelbohrmaschine stammt von einem Hersteller aus Schwanau und wiegt 380 Tonnen."
        ),
        (
            "Oberbürgermeisterin Katrin Wendland sprach von einem Meilenstein der Wärmeversorgung."
            " Bisher heizt der Stadtteil Wilhelmsburg überwiegend mit Gas."
        ),
        (
            "Die Kosten bezifferte der Geschäftsführer Jörg Brammer auf 86 Millionen Euro. Davon kommen"
            " 31 Millionen Euro aus einem Förderprogramm des Bundes."
        ),
        (
            "Anwohner müssen bis zum Herbst mit Umleitungen rechnen. Der Radweg am Ufer bleibt gesperrt,"
            " eine Ersatzfähre verkehrt werktags alle 20 Minuten."
        ),
    ),
)
SPANISH = Wire(
    "El pueblo de Valdeoca recupera su tren tras cuarenta años",
    (
        (
            "El pueblo de Valdeoca volvió a recibir este sábado un tren de viajeros, cuarenta años"
            " después del cierre de la línea, ante unos 900 vecinos que llenaron el andén."
        ),
        (
            "La alcaldesa, Teresa Roldán, recordó que la comarca perdió la mitad de sus habitantes en"
            " ese tiempo y agradeció el empeño de la asociación que preside Luis Cabrejas."
        ),
        (
            "Habrá 4 trenes diarios hasta la capital, con una duración de 52 minutos. El billete"
            " sencillo costará 3,80 euros y los menores de 14 años viajarán gratis."
        ),
        (
            "La restauración de las vías ha supuesto una inversión de 27,5 millones de euros y ha"
            " obligado a reconstruir el puente sobre el río Arlanza."
        ),
        (
            "El consejero de Transportes, Andrés Mata, no descartó prolongar el servicio hasta Burgos si"
            " la demanda supera las previsiones del primer año."
        ),
    ),
)
RUSSIAN = Wire(
    "В Лодейном открыли мастерскую деревянных лодок",
    (
        (
            "В городе Лодейное на берегу Свири в субботу открылась мастерская, где 12 учеников будут"
            " строить деревянные лодки по чертежам начала прошлого века."
        ),
        (
            "Руководитель мастерской Алексей Паршин рассказал, что первую лодку длиной 6,5 метра"
            " спустят на воду уже в мае. На неё уйдёт около 400 сосновых досок."
        ),
        (
            "Помещение бывшего склада передала администрация. Ремонт обошёлся в 3,4 миллиона рублей,"
            " часть денег собрали жители соседних деревень."
        ),
        (
            "Преподавать согласился 78-летний мастер Иван Котов, последний из артели, которая работала"
            " здесь до 1969 года. По его словам, рубанок он не держал в руках двадцать лет."
        ),
        (
            "Летом мастерская примет гостей из Петрозаводска и Вологды. Записаться можно в библиотеке"
            " на улице Набережной."
        ),
    ),
)
ARABIC = Wire(
    "افتتاح مكتبة عائمة في ميناء صور القديم",
    (
        (
            "افتتحت بلدية صور صباح السبت مكتبة عائمة على متن سفينة خشبية قديمة ترسو في الميناء، وتضم"
            " نحو 5200 كتاب جمعها الصيادون وأهالي المدينة خلال 18 شهرا."
        ),
        (
            "وقالت مديرة المكتبة ليلى حداد إن السفينة كانت ستباع خشبا قبل أن يشتريها 40 متطوعا بمبلغ"
            " 9000 دولار، ثم تولى نجارو الميناء ترميمها دون مقابل."
        ),
        (
            "وتفتح المكتبة أبوابها كل يوم عدا الاثنين، وتستقبل تلاميذ المدارس في رحلات قصيرة على طول"
            " الشاطئ يقرأ فيها البحارة القصص للأطفال."
        ),
        (
            "وأوضح رئيس البلدية حسن دبوق أن المشروع لم يكلف الخزينة شيئا، وأن سفينة ثانية ستجهز في"
            " صيدا قبل نهاية عام 2027 إذا توفر التمويل."
        ),
        (
            "وعبر الصياد علي نجم عن سعادته قائلا إن أحفاده صاروا يعرفون أسماء الكتب كما يعرف هو أسماء"
            " الرياح."
        ),
    ),
)
JAPANESE = Wire(
    "港町の古い映画館、住民の手で再開",
    (
        (
            "北の港町で15年前に閉館した映画館が土曜日、住民の寄付によって再び開いた。初日は町の人口の"
            "1割にあたる320人が列を作り、白黒の喜劇を楽しんだ。"
        ),
        (
            "建物は1932年に建てられた木造2階建てで、取り壊しが決まっていたが、元映写技師の大森和夫さんが"
            "署名を集めて町に保存を求めた。修理には4800万円がかかった。"
        ),
        (
            "座席は98席あり、半分は隣の県の劇場から譲り受けた。映写機は昔のものを分解して掃除し、今も"
            "フィルムで上映することができるという。"
        ),
        (
            "館長になった西川みどりさんは、週末は子ども向けの作品を無料で上映し、平日は漁師が仕事を終える"
            "午後3時に始めたいと話している。"
        ),
        (
            "町は空き店舗を宿に変える計画も進めており、来年の春には雪の季節に合わせた小さな映画祭を開く"
            "予定だ。"
        ),
    ),
)
CHINESE = Wire(
    "山村小学重新敲响老钟",
    (
        (
            "位于云岭深处的石桥村小学星期一早晨重新敲响了停用二十二年的铜钟，三十六名学生和他们的家长"
            "站在操场上，听钟声传到对面的山坡。"
        ),
        (
            "这口钟铸于1911年，重约380公斤，曾因钟架腐朽被搬进仓库。村里的木匠杨德顺用了4个月时间，"
            "按照老照片重新做了一座榫卯结构的钟架。"
        ),
        (
            "校长何秀兰说，修复一共花费6万5千元，其中大部分来自在外打工的村民，最少的一笔捐款只有"
            "8元，是一位退休邮递员寄来的。"
        ),
        (
            "学校今年新招了11名一年级学生，是十年来最多的一次。两位从省城来的年轻教师表示愿意在这里"
            "至少工作3年。"
        ),
        "村民计划在秋收以后举办一次庙会，届时将邀请邻近各村的手艺人展示竹编、蜡染和银饰。",
    ),
)
THAI = Wire(
    "ชาวประมงเกาะลันตาฟื้นป่าชายเลนด้วยมือ",
    (
        (
            "ชาวประมงบนเกาะลันตาช่วยกันปลูกต้นโกงกางจำนวน 24,000 ต้นในวันเสาร์ที่ผ่านมา"
            " เพื่อฟื้นป่าชายเลนที่เสียหายจากบ่อกุ้งร้างเมื่อสิบปีก่อน"
        ),
        (
            "นายสมชาย หาดทราย ผู้ใหญ่บ้าน กล่าวว่าปลาและปูเริ่มกลับมาแล้วหลังจากปลูกรอบแรกเมื่อ 3 ปีก่อน"
            " และรายได้ของครอบครัวเพิ่มขึ้นราวหนึ่งในสี่"
        ),
        (
            "โครงการนี้ได้รับเงินสนับสนุน 1.8 ล้านบาทจากสหกรณ์ประมงและโรงแรมบนเกาะ"
            " โดยนักเรียนจากโรงเรียน 5 แห่งช่วยเพาะกล้าไม้ในเรือนเพาะชำ"
        ),
        (
            "นักวิจัยจากมหาวิทยาลัยจะเข้ามาวัดการเติบโตของต้นไม้ทุกหกเดือน"
            " และเผยแพร่ข้อมูลให้ชุมชนชายฝั่งอื่นนำไปใช้ได้โดยไม่คิดค่าใช้จ่าย"
        ),
        "ในเดือนพฤศจิกายนชาวบ้านจะเปิดเส้นทางเดินไม้ยาว 700 เมตรให้นักท่องเที่ยวเดินชมป่าและเรียนรู้วิธีจับปูแบบดั้งเดิม",
    ),
)

WIRES = {
    "English": ENGLISH,
    "German": GERMAN,
    "Spanish": SPANISH,
    "Russian": RUSSIAN,
    "Arabic": ARABIC,
    "Japanese": JAPANESE,
    "Chinese": CHINESE,
    "Thai": THAI,
}

FOOTER = "Sign up for our newsletter and get the best of the week in your inbox on Sunday."
"""What a site puts under each of its pages."""
