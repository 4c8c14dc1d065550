//! Fields as they are stored: what publishers put into them, taken out again.

use std::sync::LazyLock;

use std::cell::OnceCell;
use std::cmp::Reverse;

use memchr::memmem::Finder;

use crate::model::{Item, ItemKey};
use crate::text::{fold, plain};

/// A headline at most, in letters (C-11).
const TITLE_AT_MOST: usize = 1000;

/// A lead at most, in letters: more than any source publishes of it.
const LEAD_AT_MOST: usize = 4000;

/// Letters of markup in which a headline or a lead is looked for.
const MARKUP_AT_MOST: usize = 128 * 1024;

/// The full text at most, in letters.
const CONTENT_AT_MOST: usize = 40_000;

/// Letters of markup in which the full text is looked for.
const MARKUP_OF_CONTENT: usize = 512 * 1024;

/// An author's name at most, in letters.
const AUTHOR_AT_MOST: usize = 200;

/// How much of the lead stands in for a missing headline.
const TITLE_FROM_LEAD: usize = 120;

/// How much of the folded lead is in the key of an item without guid and
/// link (law 2).
const KEY_LETTERS: usize = 200;

/// A headline; `None` if there is no letter in it.
pub(super) fn title(markup: &str) -> Option<String> {
    let markup = plain::beginning(markup, MARKUP_AT_MOST);
    let title = plain::cut(&plain::line(markup), TITLE_AT_MOST);
    title.chars().any(char::is_alphanumeric).then_some(title)
}

/// A lead, and the byline that stands before it, if one does. Paragraphs have
/// a line break between them.
pub(super) fn lead(markup: &str) -> (String, Option<String>) {
    let markup = plain::beginning(without_fields(markup), MARKUP_AT_MOST);
    let text = plain::text(markup);
    let mut text = without_tail(&text);
    let mut byline = None;
    if let Some((first, rest)) = text.split_once('\n') {
        byline = by(first);
        if byline.is_some() {
            text = rest.to_owned();
        }
    }
    (plain::cut(&text, LEAD_AT_MOST), byline)
}

/// The text of a description into which Drupal writes headline, author and day
/// once more before it, each in a field.
fn without_fields(markup: &str) -> &str {
    const FIRST: &str = "field--name-title";
    const BODY: &str = "field--name-body";
    if !plain::beginning(markup, FIRST.len() * 4).contains(FIRST) {
        return markup;
    }
    let begin = markup
        .find(BODY)
        .and_then(|at| markup.get(..at)?.rfind('<'));
    begin
        .and_then(|begin| markup.get(begin..))
        .unwrap_or(markup)
}

/// The first of these texts that says something, as a lead, and the byline
/// that stands before it.
pub(super) fn first_lead<'m>(
    markups: impl IntoIterator<Item = &'m str>,
    title: Option<&str>,
    outlet: Option<&str>,
) -> (String, Option<String>) {
    let title = Headline::new(title.unwrap_or_default());
    markups
        .into_iter()
        .map(lead)
        .map(|(text, byline)| (without_headline(&text, &title).to_owned(), byline))
        .find(|(text, _)| says(text, &title, outlet))
        .unwrap_or_default()
}

/// A headline that is folded once it is compared: most leads are longer.
struct Headline<'t> {
    text: &'t str,
    folded: OnceCell<String>,
}

impl<'t> Headline<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            folded: OnceCell::new(),
        }
    }

    fn folded(&self) -> &str {
        self.folded.get_or_init(|| fold::folded(self.text))
    }

    /// Whether a text with so much more beside it may be the same, folded:
    /// that hardly halves a length.
    fn may_be(&self, text: &str, beside: usize) -> bool {
        text.len() <= 2 * (self.text.len() + beside) + 64
    }
}

/// A text without its first line if that is the headline, as in turbo pages.
fn without_headline<'t>(text: &'t str, title: &Headline<'_>) -> &'t str {
    match text.split_once('\n') {
        Some((first, rest)) if title.may_be(first, 0) && fold::folded(first) == title.folded() => {
            rest
        }
        _ => text,
    }
}

/// Texts of software that had none.
const NOTHING: [&str; 6] = ["null", "none", "nil", "nan", "undefined", "n a"];

/// Whether a lead says something that its folded headline does not. Google
/// puts the outlet behind one of them or both.
fn says(lead: &str, title: &Headline<'_>, outlet: Option<&str>) -> bool {
    let beside = outlet.map_or(0, str::len);
    if !title.may_be(lead, beside) && lead.contains(char::is_alphanumeric) {
        return true;
    }
    let folded = fold::folded(plain::beginning(lead, 2 * TITLE_AT_MOST));
    if folded.is_empty() || NOTHING.contains(&folded.as_str()) {
        return false;
    }
    let outlet = outlet.map(fold::folded).unwrap_or_default();
    let without = |text: &str| match text.strip_suffix(&outlet) {
        Some(rest) if !outlet.is_empty() && rest.ends_with(' ') => rest.trim_end().to_owned(),
        _ => text.to_owned(),
    };
    without(&folded) != without(title.folded())
}

/// What WordPress puts behind every description, in its languages: how it
/// begins and what stands in its middle.
const SELF_REFERENCES: [(&str, &str); 20] = [
    ("The post ", " appeared first on "),
    ("The post ", " first appeared on "),
    ("Der Beitrag ", " erschien zuerst auf "),
    ("L’article ", " est apparu en premier sur "),
    ("L'article ", " est apparu en premier sur "),
    ("Cet article ", " est apparu en premier sur "),
    ("La entrada ", " se publicó primero en "),
    ("La entrada ", " aparece primero en "),
    ("O post ", " apareceu primeiro em "),
    ("L’articolo ", " proviene da "),
    ("L'articolo ", " proviene da "),
    ("Het bericht ", " verscheen eerst op "),
    ("Artykuł ", " pochodzi z serwisu "),
    ("Сообщение ", " появились сначала на "),
    ("Сообщение ", " появилось сначала на "),
    ("Запись ", " впервые появилась "),
    ("Запис ", " спершу з’явився на "),
    ("ظهرت المقالة ", " أولاً على "),
    ("نوشته ", " اولین بار در "),
    ("Мақала ", " алдымен "),
];

/// What is about the text itself is no longer, in bytes.
const SELF_REFERENCE_AT_MOST: usize = 4_000;

static MIDDLES: LazyLock<[Finder<'static>; 20]> =
    LazyLock::new(|| SELF_REFERENCES.map(|(_, middle)| Finder::new(middle)));

static INVITING: LazyLock<[Finder<'static>; 35]> = LazyLock::new(|| INVITATIONS.map(Finder::new));

/// Whether any of these words stands in the text: it seldom does.
fn holds(text: &str, any: &[Finder<'_>]) -> bool {
    any.iter()
        .any(|words| words.find(text.as_bytes()).is_some())
}

/// The same in languages that put the headline first: words that only such a
/// line has.
const SELF_REFERRING_LINES: [&str; 4] = [
    " yazısı ilk önce ",
    "最先出现在",
    "首先出现在",
    "首先出現在",
];

/// Invitations to go on reading. They are cut off where they stand behind the
/// end of a sentence: inside one they may mean something.
const INVITATIONS: [&str; 35] = [
    "read more",
    "read the full story",
    "read the full article",
    "read full article",
    "read full story",
    "continue reading",
    "keep reading",
    "click here to read more",
    "(more…)",
    "(more...)",
    "weiterlesen",
    "lire la suite",
    "leer más",
    "leggi tutto",
    "читать далее",
    "читать дальше",
    "читать полностью",
    "читать на сайте",
    "читайте далее",
    "читайте далее на сайте",
    "читайте полностью на сайте",
    "подробнее",
    "читати далі",
    "докладніше",
    "толығырақ",
    "batafsil",
    "devamını oku",
    "阅读全文",
    "查看全文",
    "और पढ़ें",
    "आगे पढ़ें",
    "مزید پڑھیں",
    "مزید پڑھیے",
    "ادامه مطلب",
    "اقرأ المزيد",
];

/// A text without what the publisher's software put behind it.
fn without_tail(text: &str) -> String {
    let mut text = self_reference(text).map_or(text, |(before, _)| before.trim_end());
    let (before, last) = text.rsplit_once('\n').unwrap_or(("", text));
    if SELF_REFERRING_LINES
        .iter()
        .any(|words| last.contains(words))
    {
        text = before;
    }
    text = without_invitation(text);
    // What WordPress leaves where it has cut an excerpt.
    for mark in ["[…]", "[...]", "(…)", "[&hellip;]"] {
        if let Some(before) = text.strip_suffix(mark) {
            return format!("{}…", before.trim_end().trim_end_matches(['…', '.']));
        }
    }
    text.to_owned()
}

/// Where a text goes over into a line about itself.
fn self_reference(text: &str) -> Option<(&str, &str)> {
    let from = text.floor_char_boundary(text.len().saturating_sub(SELF_REFERENCE_AT_MOST));
    let tail = text.get(from..).filter(|tail| holds(tail, &*MIDDLES))?;
    let begin = (from == 0).then_some(0);
    tail.match_indices(char::is_whitespace)
        .rev()
        .map(|(at, space)| from + at + space.len())
        .chain(begin)
        .filter_map(|at| text.split_at_checked(at))
        .find(|(_, line)| {
            SELF_REFERENCES
                .iter()
                .any(|(begin, middle)| line.starts_with(begin) && line.contains(middle))
        })
}

fn without_invitation(text: &str) -> &str {
    // "… Continue reading The headline": looked for in the last words only.
    let tail_at = text.char_indices().rev().nth(160).map_or(0, |(at, _)| at);
    let (head, tail) = text.split_at(tail_at);
    let lower = plain::lower(tail);
    if lower.len() != tail.len() || !holds(&lower, &*INVITING) {
        return text;
    }
    let found = INVITATIONS
        .iter()
        .filter_map(|invitation| Some((lower.rfind(invitation)?, Reverse(invitation.len()))))
        .min();
    let Some((at, Reverse(len))) = found else {
        return text;
    };
    let (Some(before), Some(after)) = (tail.get(..at), tail.get(at + len..)) else {
        return text;
    };
    let before_it = before.trim_end_matches([' ', '[', '(', '→', '»', '>']);
    let is_behind_a_sentence = (before_it.is_empty() && head.is_empty())
        || before_it.ends_with([
            '.', '!', '?', '…', '。', '！', '？', '।', '۔', '؟', ':', '\n', '»', '”', '"', ']',
        ]);
    // Behind it stands at most a mark, an address, or the headline again.
    let is_last = after.chars().all(|c| !c.is_alphanumeric())
        || before_it.ends_with(['…', ']'])
        || before_it.ends_with("...")
        || after.trim_start_matches([' ', ':']).starts_with("http");
    if is_behind_a_sentence && is_last {
        let end = head.len() + before_it.len();
        text.get(..end).unwrap_or(text).trim_end()
    } else {
        text
    }
}

/// The full text on one line.
pub(super) fn content(markup: &str) -> String {
    let markup = plain::beginning(markup, MARKUP_OF_CONTENT);
    plain::cut(&plain::line(markup), CONTENT_AT_MOST)
}

/// The name in a line that says only "By NAME".
pub(super) fn by(line: &str) -> Option<String> {
    let name = line
        .strip_prefix("By ")
        .or_else(|| line.strip_prefix("By: "))?;
    let words = name.split_whitespace().count();
    ((1..=8).contains(&words) && is_capital(name) && !name.ends_with(['.', '?', '!']))
        .then(|| name.to_owned())
}

/// Whether all words begin as those of names do.
fn is_capital(name: &str) -> bool {
    name.split_whitespace().all(|word| {
        word.chars().next().is_some_and(char::is_uppercase)
            || matches!(word, "and" | "&" | "de" | "van" | "von" | "bin")
    })
}

/// Whether a text is the name of a person as far as its shape tells: two to
/// four words in capitals, but not all capitals, as labels are, and no post.
pub(super) fn is_person(text: &str) -> bool {
    const POSTS: [&str; 18] = [
        "senior",
        "junior",
        "chief",
        "staff",
        "correspondent",
        "editor",
        "reporter",
        "writer",
        "fellow",
        "scholar",
        "professor",
        "analyst",
        "director",
        "researcher",
        "news",
        "desk",
        "agency",
        "bureau",
    ];
    let is_post = |word: &str| POSTS.contains(&word.to_lowercase().as_str());
    let words = text.split_whitespace().count();
    let is_of_names = |c: char| c.is_alphabetic() || matches!(c, ' ' | '.' | '-' | '\'' | '’');
    (2..=4).contains(&words)
        && is_capital(text)
        && text.chars().all(is_of_names)
        && text.chars().any(char::is_lowercase)
        && !text.split_whitespace().any(is_post)
}

/// What stands before an author's name, in lower case.
const LABELS: [&str; 8] = [
    "by",
    "written by",
    "reported by",
    "автор",
    "yazar",
    "بقلم",
    "द्वारा",
    "द्वारा लिखित",
];

/// The same where a mark stands between: alone some are names, or begin them.
const MARKED_LABELS: [&str; 19] = [
    "author",
    "authors",
    "авторы",
    "автору",
    "текст",
    "муаллиф",
    "муаллифлар",
    "muallif",
    "mualliflar",
    "müəllif",
    "yazan",
    "muhabir",
    "作者",
    "记者",
    "撰文",
    "文",
    "نویسنده",
    "تحریر",
    "लेखक",
];

/// A byline without what introduces it, if something does.
pub(super) fn without_label(line: &str) -> Option<&str> {
    let is_mark = |c: char| ":：/／|｜丨".contains(c);
    let behind = |label: &str, needs_mark: bool| {
        let (head, rest) = line.split_at_checked(label.len())?;
        let mut lower = head.chars().flat_map(char::to_lowercase);
        let name = rest.trim_start_matches(|c: char| c.is_whitespace() || is_mark(c));
        let gap = rest.get(..rest.len() - name.len())?;
        let is_gap = if needs_mark {
            gap.contains(is_mark)
        } else {
            !gap.is_empty()
        };
        (lower.by_ref().eq(label.chars()) && is_gap && !name.is_empty()).then_some(name)
    };
    let plain = LABELS.iter().filter_map(|label| behind(label, false));
    let marked = MARKED_LABELS.iter().filter_map(|label| behind(label, true));
    plain.chain(marked).min_by_key(|name| name.len())
}

/// The persons whom a name names: "Anna Orlova and Ivan Petrov" are two.
pub(super) fn people(name: String) -> Vec<String> {
    const BETWEEN: [&str; 12] = [
        " and ",
        " & ",
        " и ",
        " және ",
        " жана ",
        " va ",
        " və ",
        " ve ",
        "; ",
        ", ",
        "、",
        "، ",
    ];
    if !BETWEEN.iter().any(|between| name.contains(between)) {
        return vec![name];
    }
    let mut parted = name.clone();
    for between in BETWEEN {
        if parted.contains(between) {
            parted = parted.replace(between, "\n");
        }
    }
    // "Anna Orlova in Bishkek"
    let alone = |part: &str| match part.split_once(" in ") {
        Some((name, place)) if is_capital(place) => name.trim().to_owned(),
        _ => part.trim_matches([' ', ',']).to_owned(),
    };
    let parts: Vec<String> = parted
        .lines()
        .map(alone)
        .filter(|part| !part.is_empty())
        .collect();
    let are_people = parts
        .iter()
        .all(|part| is_person(part) || is_chinese_name(part));
    if parts.len() > 1 && are_people {
        parts
    } else {
        vec![name]
    }
}

/// Whether a text may be a Chinese name: two or three letters.
pub(super) fn is_chinese_name(text: &str) -> bool {
    let is_han = |c: char| matches!(c, '\u{4e00}'..='\u{9fff}');
    (2..=3).contains(&text.chars().count()) && text.chars().all(is_han)
}

/// Names that stand for nobody.
const NOBODY: [&str; 12] = [
    "admin",
    "administrator",
    "anonymous",
    "author",
    "n/a",
    "no-reply",
    "none",
    "noreply",
    "null",
    "root",
    "unknown",
    "webmaster",
];

/// An author's name as a reader reads it: without "By" and without the mail
/// address that RSS wants there. feed-rs is never asked: beside a letter of
/// another script an address makes it panic.
pub(super) fn author(text: &str) -> Option<String> {
    let line = plain::line(text);
    let name = without_addresses(without_label(&line).unwrap_or(&line));
    let name = name.trim_matches(|c: char| c.is_whitespace() || "<>[]{}\"',;:|/—–-·".contains(c));
    // What is left of "a@b.example (Name)".
    let name = name
        .strip_prefix(['(', '（'])
        .map_or(name, |inner| inner.trim_end_matches([')', '）']).trim());
    let name = plain::cut(name, AUTHOR_AT_MOST);
    let is_link = name.starts_with("http://") || name.starts_with("https://");
    let is_nobody = NOBODY.contains(&name.to_lowercase().as_str());
    (name.chars().any(char::is_alphabetic) && !is_link && !is_nobody).then_some(name)
}

/// The text without mail addresses, and without brackets that held nothing
/// else.
fn without_addresses(text: &str) -> String {
    let of_address = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
    let mut left = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, from) = rest.split_at(at);
        let local = before.trim_end_matches(of_address).len();
        let after = from.get(1..).unwrap_or_default();
        let domain = after.trim_start_matches(of_address);
        if local == before.len() || domain.len() == after.len() {
            // "@handle", "news @ noon".
            left.push_str(before);
            left.push('@');
            rest = after;
        } else {
            left.push_str(before.get(..local).unwrap_or_default());
            rest = domain;
        }
    }
    left.push_str(rest);
    for empty in ["()", "( )", "（）", "<>", "[]", "(mailto:)", "mailto:"] {
        if left.contains(empty) {
            left = left.replace(empty, "");
        }
    }
    left
}

/// A headline made of the first sentence of the lead, or of its first words
/// (H-55).
pub(super) fn title_from(lead: &str) -> Option<String> {
    let first = lead.lines().next().unwrap_or_default();
    let title = plain::cut(plain::first_sentence(first), TITLE_FROM_LEAD);
    title.chars().any(char::is_alphanumeric).then_some(title)
}

/// The key of an item (law 2): the guid if it is unique in its document, else
/// the canonical link if no other item has it (H-61), else a hash of folded
/// title, raw date text and the first folded letters of the lead.
pub(super) fn key(
    item: &Item,
    guid: Option<&str>,
    canon: Option<&str>,
    date: Option<&str>,
) -> ItemKey {
    if let Some(key) = guid.or(canon) {
        return ItemKey::new(key);
    }
    let lead: String = fold::folded(&item.lead).chars().take(KEY_LETTERS).collect();
    let text = format!(
        "{}\n{}\n{lead}",
        fold::folded(&item.title),
        date.unwrap_or_default()
    );
    ItemKey::new(blake3::hash(text.as_bytes()).to_hex().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_software_puts_behind_a_text_is_cut_off() {
        for (text, expected) in [
            (
                "<p>The bloc met.</p><p>The post <a>Bloc meets</a> appeared first on <a>Post</a>.</p>",
                "The bloc met.",
            ),
            (
                "Лидеры встретились. Сообщение Саммит появились сначала на Вестник.",
                "Лидеры встретились.",
            ),
            ("It met. […]", "It met…"),
            ("It met and [&#8230;]", "It met and…"),
            ("It met. Read more", "It met."),
            ("It met… Continue reading The bloc meets", "It met…"),
            ("Встреча прошла. <a>Подробнее →</a>", "Встреча прошла."),
            ("会议开幕。<a>阅读全文</a>", "会议开幕。"),
            ("He wants to read more", "He wants to read more"),
            ("Read more books. They help.", "Read more books. They help."),
            ("The post was closed.", "The post was closed."),
            ("<p>One</p><p>Two</p>", "One\nTwo"),
        ] {
            assert_eq!(lead(text).0, expected, "{text}");
        }
    }

    #[test]
    fn a_line_that_names_the_author_is_no_lead() {
        assert_eq!(
            lead("<p>By Roger Moore</p><p>It met.</p>"),
            ("It met.".to_owned(), Some("Roger Moore".to_owned()))
        );
        assert_eq!(lead("<p>By then it met.</p><p>So.</p>").1, None);
    }

    #[test]
    fn several_persons_are_told_from_one() {
        for (name, expected) in [
            (
                "Anna Orlova and Ivan Petrov",
                &["Anna Orlova", "Ivan Petrov"][..],
            ),
            (
                "Anna Orlova, Ivan Petrov, and Maria Lee",
                &["Anna Orlova", "Ivan Petrov", "Maria Lee"],
            ),
            ("Анна Орлова, Иван Петров", &["Анна Орлова", "Иван Петров"]),
            ("赵磊、王芳", &["赵磊", "王芳"]),
            (
                "Leila Aman in Bishkek and Tom Hardwick in Tashkent",
                &["Leila Aman", "Tom Hardwick"],
            ),
            (
                "Anna Orlova, Senior Correspondent",
                &["Anna Orlova, Senior Correspondent"],
            ),
            ("Orlova, Anna", &["Orlova, Anna"]),
            (
                "Ministry of Trade and Industry",
                &["Ministry of Trade and Industry"],
            ),
        ] {
            assert_eq!(people(name.to_owned()), expected, "{name}");
        }
    }

    #[test]
    fn authors_are_names() {
        for (text, expected) in [
            ("Ivan Petrov", Some("Ivan Petrov")),
            ("ivan@a.example (Ivan Petrov)", Some("Ivan Petrov")),
            ("Ivan Petrov (ivan@a.example)", Some("Ivan Petrov")),
            ("Ivan Petrov &lt;ivan@a.example&gt;", Some("Ivan Petrov")),
            ("张三（zhang@a.example）", Some("张三")),
            ("zhang@a.example（张三）", Some("张三")),
            ("Иван Петров—ivan@a.example", Some("Иван Петров")),
            ("By Ivan Petrov", Some("Ivan Petrov")),
            ("Автор: Иван Петров", Some("Иван Петров")),
            ("Written by: Ivan Petrov", Some("Ivan Petrov")),
            ("作者：赵磊", Some("赵磊")),
            ("文｜赵磊", Some("赵磊")),
            ("yazar Elif Demirtaş", Some("Elif Demirtaş")),
            ("Yazan al-Saadi", Some("Yazan al-Saadi")),
            ("Authors Guild", Some("Authors Guild")),
            ("Ivan Petrov (Reuters)", Some("Ivan Petrov (Reuters)")),
            ("ivan@a.example", None),
            ("admin", None),
            ("https://a.example/ivan", None),
            ("@ivan", Some("@ivan")),
            ("@", None),
            ("", None),
        ] {
            assert_eq!(author(text).as_deref(), expected, "{text}");
        }
    }
}
