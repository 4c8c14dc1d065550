//! How fast the filter judges, and how much of that hangs on the number of
//! terms. The texts are made up, in the shape of news: items of a title and
//! some 850 bytes, one in twenty about the topic.
//!
//! ```sh
//! cargo bench --bench topic     # MB/s on one core: the best of many rounds
//! benches/topic.sh              # instructions a byte, by callgrind: stable
//! ```
//!
//! Measured with Rust 1.95 on two shared cores of a Xeon (Sapphire Rapids)
//! under load; the instructions are what to compare a change by:
//!
//! | text    | terms more | instructions/byte | MB/s |
//! | ------- | ---------- | ----------------- | ---- |
//! | english | 0          | 41.4              | 243  |
//! | english | 5,000      | 42.1              | 243  |
//! | english | 12,000     | 42.1              | 241  |
//! | mixed   | 0          | 83.1              | 152  |
//! | mixed   | 5,000      | 84.5              | 145  |
//! | mixed   | 12,000     | 83.3              | 140  |

#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a bench prints, owns its texts, and rounds its figures"
)]

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::{Duration, Instant};

use scofeed::model::{Field, Item};
use scofeed::topic::{self, Base, Lists, Match, Rules, Vocabulary};

const ITEMS: usize = 400;
const ITEM_BYTES: usize = 850;
const ROUNDS: u32 = 60;

/// Terms that an admin might add: as many as the vocabulary's six times over,
/// and more than ten times.
const MORE: [usize; 3] = [0, 5_000, 12_000];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let texts = [("english", news(&ENGLISH)), ("mixed", news(&MIXED))];
    match arguments.as_slice() {
        // For callgrind: so many passes over one text, and its size.
        [passes, name, more] => {
            let (Ok(passes), Ok(more)) = (passes.parse::<u32>(), more.parse()) else {
                return;
            };
            let text = texts.iter().find(|(text, _)| text == name);
            let Some((_, items)) = text else { return };
            let rules = rules(more, items);
            for _ in 0..passes {
                pass(&rules, items);
            }
            println!("{}", bytes(items));
        }
        // Cargo passes `--bench`.
        _ => {
            for (name, items) in &texts {
                compare(name, items);
            }
        }
    }
}

/// Measures the same text under few and many terms, turn by turn, so that a
/// neighbour's load hits all of them alike.
fn compare(name: &str, items: &[Item]) {
    let rules = MORE.map(|more| rules(more, items));
    let mut best = [Duration::MAX; MORE.len()];
    for _ in 0..ROUNDS {
        for (rules, best) in rules.iter().zip(&mut best) {
            *best = time(|| pass(rules, items)).min(*best);
        }
    }
    for ((more, rules), best) in MORE.iter().zip(&rules).zip(best) {
        let megabytes = bytes(items) as f64 / 1e6 / best.as_secs_f64();
        let terms = rules.terms().len();
        println!("{name:<8} {megabytes:>6.0} MB/s  {terms:>6} terms (+{more})");
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn pass(rules: &Rules, items: &[Item]) {
    for item in items {
        black_box(topic::judge(rules, black_box(item)));
    }
}

fn bytes(items: &[Item]) -> usize {
    items.iter().map(|i| i.title.len() + i.lead.len()).sum()
}

/// The vocabulary and `more` terms: a fifth of them context words that really
/// stand in the texts, as an admin's would, the rest names in three scripts.
fn rules(more: usize, items: &[Item]) -> Rules {
    let mut lists = Lists::default();
    let texts = items.iter().flat_map(|i| i.lead.split_whitespace());
    let words: BTreeSet<&str> = texts
        .filter(|word| word.chars().all(char::is_alphabetic))
        .collect();
    let common = words.into_iter().take(more / 5).map(str::to_owned);
    lists.context.extend(common);
    let mut dice = Dice(7);
    for n in 0..more - lists.context.len() {
        let name = name(&mut dice);
        match n % 3 {
            0 => lists.strong.push(name),
            1 => lists.weak.push(name),
            _ => lists.not.push(name),
        }
    }
    let fields = [Field::Title, Field::Summary];
    Base::compile(&Vocabulary::sco(), &[], &lists, 12)
        .and_then(|base| base.rules(&Lists::default(), &fields, Match::Topic))
        .unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

/// A made-up name of two words.
fn name(dice: &mut Dice) -> String {
    const SYLLABLES: [[&str; 12]; 3] = [
        [
            "ka", "lo", "min", "der", "sa", "tur", "pe", "vin", "go", "ra", "el", "bis",
        ],
        [
            "ка", "ло", "мин", "дер", "са", "тур", "пе", "вин", "го", "ра", "эл", "бис",
        ],
        [
            "云", "岭", "泽", "松", "岩", "沙", "港", "桥", "林", "原", "川", "峡",
        ],
    ];
    let syllables = dice.of(&SYLLABLES);
    let mut word = || (0..4).map(|_| *dice.of(syllables)).collect::<String>();
    format!("{} {}", word(), word())
}

/// Items of one language each, drawn word by word, so that the processor
/// cannot learn the text by heart.
fn news(languages: &[&[&str]]) -> Vec<Item> {
    let mut dice = Dice(1);
    (0..ITEMS)
        .map(|n| {
            // The first sentence of each language is about the topic.
            let (about, ordinary) = languages[n % languages.len()].split_at(1);
            let words: Vec<&str> = ordinary.iter().flat_map(|s| s.split(' ')).collect();
            let mut item = Item::new(n.to_string(), *dice.of(ordinary));
            while item.lead.len() < ITEM_BYTES {
                item.lead.push_str(dice.of::<&str>(&words));
                item.lead.push(' ');
            }
            if n % 20 == 0 {
                item.lead.push_str(about[0]);
            }
            item
        })
        .collect()
}

/// The same texts every time.
struct Dice(u64);

impl Dice {
    fn of<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        &list[(self.0 >> 33) as usize % list.len()]
    }
}

const ENGLISH: [&[&str]; 1] = [EN];

/// By speakers and by script: nine alphabets.
const MIXED: [&[&str]; 16] = [
    EN, RU, ZH, FA, EN, RU, ZH, HI, UZ, KK, AR, TR, DE, JA, KO, VI,
];

const EN: &[&str] = &[
    "The Shanghai Cooperation Organisation will hold its next summit in Bishkek, officials said.",
    "Farmers in the northern valleys expect a late harvest after weeks of heavy rain.",
    "The central bank left its key rate unchanged on Thursday, as most economists had predicted.",
    "“We have waited long enough,” the mayor told reporters outside the town hall’s east door.",
    "A new railway bridge across the river will cut the journey between the two cities by an hour.",
    "Shares in the carmaker fell 4.2% in early trading before recovering most of their losses.",
    "The museum, closed since 2019, reopens next week with an exhibition on early photography.",
    "Researchers found that children who walk to school sleep better and concentrate longer.",
    "Ministers from eleven countries discussed water, power and the price of wheat at the lake.",
    "Police are looking for witnesses to a break-in at a warehouse near the container port.",
    "The president thanked volunteers who had helped to rebuild homes after the earthquake.",
    "Her third novel, set in a coastal village in the 1950s, has been shortlisted for the prize.",
    "The striker scored twice in the second half; the coach called it his finest performance.",
    "Oil prices rose for a third day on reports that stockpiles had shrunk faster than expected.",
    "A court in the capital rejected the appeal and ordered the company to pay damages.",
    "Engineers say the satellite's battery should last for at least another seven years.",
];

const RU: &[&str] = &[
    "Заседание совета министров ШОС пройдёт на берегу озера, сообщили организаторы.",
    "Фермеры северных районов ожидают позднего урожая после нескольких недель дождей.",
    "Центральный банк сохранил ключевую ставку, как и предсказывало большинство экономистов.",
    "«Мы ждали достаточно долго», — сказал мэр журналистам у восточного входа в ратушу.",
    "Новый железнодорожный мост через реку сократит путь между городами на один час.",
    "Музей, закрытый с 2019 года, откроется на следующей неделе выставкой старых фотографий.",
    "Учёные выяснили, что дети, которые ходят в школу пешком, лучше спят и дольше внимательны.",
    "Министры одиннадцати стран обсудили воду, электричество и цены на пшеницу.",
    "Полиция ищет свидетелей ограбления склада недалеко от контейнерного порта.",
    "Суд в столице отклонил жалобу и обязал компанию возместить ущерб.",
];

const ZH: &[&str] = &[
    "上海合作组织成员国领导人将于明年夏天举行会晤。",
    "连续数周降雨之后，北部山区的农民预计今年收成将会推迟。",
    "中央银行周四宣布维持基准利率不变，符合多数经济学家的预期。",
    "新建的跨江铁路大桥将使两座城市之间的旅行时间缩短一个小时。",
    "自2019年以来一直关闭的博物馆将于下周重新开放，并举办早期摄影展览。",
    "研究人员发现，步行上学的孩子睡眠更好，注意力集中的时间也更长。",
    "来自十一个国家的部长讨论了水资源、电力以及小麦价格等问题。",
    "工程师表示，这颗卫星的电池至少还能使用七年。",
    "两家公司同意扩大线上合作，并在海上风电领域共同投资。",
];

const FA: &[&str] = &[
    "سازمان همکاری شانگهای نشست بعدی خود را در بیشکک برگزار می‌کند.",
    "کشاورزان دره‌های شمالی پس از هفته‌ها باران در انتظار برداشت دیرهنگام هستند.",
    "بانک مرکزی نرخ بهره را بدون تغییر نگه داشت.",
    "پل تازه راه‌آهن سفر میان دو شهر را یک ساعت کوتاه‌تر خواهد کرد.",
    "موزه که از سال ۱۳۹۸ بسته بود هفته آینده بازگشایی می‌شود.",
    "وزیران یازده کشور درباره آب، برق و بهای گندم گفت‌وگو کردند.",
];

const HI: &[&str] = &[
    "शंघाई सहयोग संगठन की अगली बैठक झील के किनारे होगी।",
    "कई हफ्तों की बारिश के बाद उत्तरी घाटियों के किसानों को देर से फसल की उम्मीद है।",
    "केंद्रीय बैंक ने ब्याज दर में कोई बदलाव नहीं किया।",
    "नदी पर बने नए रेल पुल से दोनों शहरों के बीच की यात्रा एक घंटा कम हो जाएगी।",
    "ग्यारह देशों के मंत्रियों ने पानी, बिजली और गेहूं की कीमत पर चर्चा की।",
];

const UZ: &[&str] = &[
    "ShHTga aʼzo davlatlar rahbarlari keyingi yil uchrashadi.",
    "Shimoliy vodiylardagi dehqonlar koʻp yomgʻirdan soʻng kech hosil kutmoqda.",
    "Markaziy bank asosiy stavkani oʻzgarishsiz qoldirdi.",
    "Daryo ustidagi yangi temir yoʻl koʻprigi safarni bir soatga qisqartiradi.",
    "O‘n bir davlat vazirlari suv, elektr va bug‘doy narxini muhokama qildi.",
];

const KK: &[&str] = &[
    "ШЫҰ-ға мүше мемлекеттердің басшылары келесі жылы кездеседі.",
    "Солтүстік аңғарлардағы шаруалар ұзақ жаңбырдан кейін кеш өнім күтеді.",
    "Орталық банк негізгі мөлшерлемені өзгеріссіз қалдырды.",
    "Өзен үстіндегі жаңа теміржол көпірі жолды бір сағатқа қысқартады.",
    "Он бір елдің министрлері су, электр қуаты және бидай бағасын талқылады.",
];

const AR: &[&str] = &[
    "تعقد منظمة شنغهاي للتعاون قمتها المقبلة في بيشكيك.",
    "يتوقع المزارعون في الأودية الشمالية حصادا متأخرا بعد أسابيع من الأمطار.",
    "أبقى البنك المركزي سعر الفائدة دون تغيير.",
    "سيختصر جسر السكة الحديدية الجديد الرحلة بين المدينتين ساعة كاملة.",
    "ناقش وزراء من إحدى عشرة دولة المياه والكهرباء وأسعار القمح.",
];

const TR: &[&str] = &[
    "Şanghay İşbirliği Örgütü'nün bir sonraki zirvesi Bişkek'te yapılacak.",
    "Kuzey vadilerindeki çiftçiler haftalarca süren yağmurun ardından geç hasat bekliyor.",
    "Merkez Bankası politika faizini değiştirmedi.",
    "Nehrin üzerindeki yeni demiryolu köprüsü yolculuğu bir saat kısaltacak.",
    "On bir ülkenin bakanları suyu, elektriği ve buğday fiyatını görüştü.",
];

const DE: &[&str] = &[
    "Die Shanghaier Organisation für Zusammenarbeit trifft sich im nächsten Jahr in Bischkek.",
    "Die Bauern in den nördlichen Tälern rechnen nach wochenlangem Regen mit einer späten Ernte.",
    "Die Notenbank ließ den Leitzins unverändert, wie die meisten Ökonomen erwartet hatten.",
    "Eine neue Eisenbahnbrücke über den Fluss verkürzt die Fahrt um eine Stunde.",
    "Minister aus elf Ländern sprachen über Wasser, Strom und den Preis des Weizens.",
];

const JA: &[&str] = &[
    "上海協力機構の次の首脳会議は来年、湖のほとりで開かれる。",
    "北部の谷の農家は、何週間も続いた雨のあと、収穫が遅れると見ている。",
    "中央銀行は政策金利を据え置いた。",
    "川に架かる新しい鉄道橋で、二つの都市の間の移動は一時間短くなる。",
    "十一か国の大臣が水と電力、小麦の価格について話し合った。",
];

const KO: &[&str] = &[
    "상하이협력기구 정상들이 내년에 호숫가에서 만난다.",
    "북부 골짜기의 농부들은 몇 주 동안 내린 비 뒤에 늦은 수확을 예상한다.",
    "중앙은행은 기준금리를 그대로 두었다.",
    "강을 건너는 새 철교가 두 도시 사이의 여행을 한 시간 줄인다.",
    "열한 나라 장관들이 물과 전기, 밀 가격을 논의했다.",
];

const VI: &[&str] = &[
    "Tổ chức Hợp tác Thượng Hải sẽ họp vào năm tới bên bờ hồ.",
    "Nông dân ở các thung lũng phía bắc dự kiến thu hoạch muộn sau nhiều tuần mưa lớn.",
    "Ngân hàng trung ương giữ nguyên lãi suất chủ chốt.",
    "Cây cầu đường sắt mới bắc qua sông sẽ rút ngắn hành trình một giờ.",
    "Bộ trưởng của mười một nước bàn về nước, điện và giá lúa mì.",
];
