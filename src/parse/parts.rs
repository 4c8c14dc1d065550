//! The parts of an entry that `select` names, whatever they are looked for
//! by: CSS selectors on a page, paths of keys in a JSON list.

use crate::model::Selectors;

/// A selector that does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorMistake {
    /// The key of `select`.
    pub key: &'static str,
    /// What is wrong, in words.
    pub said: String,
}

/// Where the parts of an entry stand, each compiled to a `P`.
#[derive(Clone, Debug)]
pub(super) struct Parts<P> {
    /// The same as typed.
    pub(super) typed: Selectors,
    pub(super) item: P,
    pub(super) title: P,
    pub(super) link: P,
    pub(super) date: Option<P>,
    pub(super) lead: Option<P>,
    pub(super) author: Option<P>,
    pub(super) language: Option<P>,
}

impl<P> Parts<P> {
    /// Compiles each part, or says of all that do not compile why.
    pub(super) fn of(
        typed: &Selectors,
        compile: impl Fn(&str) -> Result<P, String>,
    ) -> Result<Self, Vec<SelectorMistake>> {
        let mut mistakes = Vec::new();
        let mut part = |key: &'static str, text: &str| {
            compile(text)
                .map_err(|said| mistakes.push(SelectorMistake { key, said }))
                .ok()
        };
        let item = part("item", &typed.item);
        let title = part("title", &typed.title);
        let link = part("link", &typed.link);
        let mut optional =
            |key, text: &Option<String>| text.as_deref().and_then(|text| part(key, text));
        let date = optional("date", &typed.date);
        let lead = optional("lead", &typed.lead);
        let author = optional("author", &typed.author);
        let language = optional("language", &typed.language);
        match (item, title, link, mistakes.is_empty()) {
            (Some(item), Some(title), Some(link), true) => Ok(Self {
                typed: typed.clone(),
                item,
                title,
                link,
                date,
                lead,
                author,
                language,
            }),
            _ => Err(mistakes),
        }
    }
}
