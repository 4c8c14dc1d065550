//! Views: published selections of the stories. The main view shows all of
//! them, one for each language shows what is told in it, and `feeds.toml` may
//! ask for others. A story has the same id in all.

use super::{Site, language};
use crate::model::{Item, SourceKey};
use crate::text::{self, fold};

/// Below this every language that has stories has a view.
const LANGUAGES: &str = "lang/";

/// A published selection of the stories. What is shown of a story decides
/// whether it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Where it stands below the site: empty for the main view, else it ends
    /// in a slash. Its key for ever.
    pub path: String,
    /// The title of its feeds and its page.
    pub title: String,
    /// What other pages call it.
    pub label: String,
    /// The language of its title and, as a rule, of its stories.
    pub language: String,
    /// What it selects.
    pub only: Only,
}

/// What a view selects: what fits every list that is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Only {
    languages: Vec<String>,
    sources: Vec<SourceKey>,
    /// Folded.
    categories: Vec<String>,
    /// Folded, with a space on both sides: a word is not found within another.
    words: Vec<String>,
}

impl Only {
    /// Selects by language tags (`zh` is also `zh-hant`), sources, categories
    /// as sources name them, and words of headline or lead in any case.
    pub fn new(
        languages: Vec<String>,
        sources: Vec<SourceKey>,
        categories: &[String],
        words: &[String],
    ) -> Self {
        Self {
            languages,
            sources,
            categories: categories.iter().map(|c| fold::folded(c)).collect(),
            words: words.iter().map(|word| spaced(word)).collect(),
        }
    }

    /// Whether an item fits.
    pub fn fits(&self, source: &SourceKey, item: &Item) -> bool {
        let tag = item.language.as_deref();
        let speaks = |language: &String| tag.is_some_and(|tag| language::is_in(tag, language));
        (self.languages.is_empty() || self.languages.iter().any(speaks))
            && (self.sources.is_empty() || self.sources.contains(source))
            && (self.categories.is_empty() || {
                let mut categories = item.categories.iter().map(|c| fold::folded(c));
                categories.any(|category| self.categories.contains(&category))
            })
            && (self.words.is_empty() || {
                let (title, lead) = (spaced(&item.title), spaced(&item.lead));
                let told = |word: &String| title.contains(word) || lead.contains(word);
                self.words.iter().any(told)
            })
    }
}

/// `text` folded, with a space on both sides.
fn spaced(text: &str) -> String {
    format!(" {} ", fold::folded(text))
}

impl View {
    /// The view that shows every story.
    pub fn main(site: &Site) -> Self {
        Self {
            path: String::new(),
            title: site.title.clone(),
            label: "All".to_owned(),
            language: site.language.clone(),
            only: Only::default(),
        }
    }

    /// The view at this path: of `feeds.toml`, of a language or the main one.
    pub fn at(site: &Site, path: &str) -> Option<Self> {
        if path.is_empty() {
            return Some(Self::main(site));
        }
        if let Some(tag) = language_of(path) {
            return Some(Self::of_language(site, tag));
        }
        site.views.iter().find(|view| view.path == path).cloned()
    }

    fn of_language(site: &Site, tag: &str) -> Self {
        let label = language::name(tag).unwrap_or(tag);
        Self {
            path: format!("{LANGUAGES}{tag}/"),
            title: format!("{} – {label}", site.title),
            label: label.to_owned(),
            language: tag.to_owned(),
            only: Only::new(vec![tag.to_owned()], Vec::new(), &[], &[]),
        }
    }

    /// Whether it is the view that every language has.
    pub(super) fn is_of_language(&self) -> bool {
        language_of(&self.path).is_some()
    }

    /// How its pages reach what stands at the site's own address.
    pub(super) fn root(&self) -> String {
        "../".repeat(self.path.matches('/').count())
    }
}

/// The language whose view stands at this path.
fn language_of(path: &str) -> Option<&str> {
    path.strip_prefix(LANGUAGES)?.strip_suffix('/')
}

/// The paths of the views that an item is in: the main one, its language's,
/// and those of `views` that it fits.
pub fn paths(views: &[View], source: &SourceKey, item: &Item) -> Vec<String> {
    let mut paths = vec![String::new()];
    let language = item.language.as_deref().map(language::primary);
    let language = language.filter(|tag| text::language::tag(tag).as_deref() == Some(*tag));
    paths.extend(language.map(|tag| format!("{LANGUAGES}{tag}/")));
    let fitting = views.iter().filter(|view| view.only.fits(source, item));
    paths.extend(fitting.map(|view| view.path.clone()));
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_view_holds_what_fits_every_list() {
        let source = SourceKey::new("steppe").unwrap();
        let mut item = Item::new("1", "上合组织峰会 in Bishkek");
        item.lead = "Ministers of Élan met.".to_owned();
        item.language = Some("zh-hant-tw".to_owned());
        item.categories = strings(&["World News"]);
        let languages = |tags: &[&str]| Only::new(strings(tags), vec![], &[], &[]);
        let words = |words: &[&str]| Only::new(vec![], vec![], &[], &strings(words));
        let both = Only::new(strings(&["zh"]), vec![], &[], &strings(&["Dushanbe"]));
        for (only, expected) in [
            (Only::default(), true),
            (languages(&["zh"]), true),
            (languages(&["ru", "zh-hant"]), true),
            (languages(&["z"]), false),
            (languages(&["zh-hans"]), false),
            (Only::new(vec![], vec![source.clone()], &[], &[]), true),
            (
                Only::new(vec![], vec![SourceKey::new("volga").unwrap()], &[], &[]),
                false,
            ),
            (
                Only::new(vec![], vec![], &strings(&["world news"]), &[]),
                true,
            ),
            (Only::new(vec![], vec![], &strings(&["world"]), &[]), false),
            (words(&["elan"]), true),
            (words(&["BISHKEK"]), true),
            (words(&["bish"]), false),
            (words(&["峰会"]), true),
            (words(&["峰组"]), false),
            // Headline and lead are not one text.
            (words(&["bishkek ministers"]), false),
            (both, false),
        ] {
            assert_eq!(only.fits(&source, &item), expected, "{only:?}");
        }
        item.language = None;
        assert!(!languages(&["zh"]).fits(&source, &item));
    }

    #[test]
    fn an_item_is_in_the_main_view_in_its_languages_and_where_it_fits() {
        let source = SourceKey::new("steppe").unwrap();
        let view = |name: &str, word: &str| View {
            path: format!("{name}/"),
            only: Only::new(vec![], vec![], &[], &strings(&[word])),
            ..View::main(&Site::sample())
        };
        let views = [view("talks", "talks"), view("trade", "trade")];
        let mut item = Item::new("1", "Trade between them");
        assert_eq!(paths(&views, &source, &item), ["", "trade/"]);
        item.language = Some("en-us".to_owned());
        assert_eq!(paths(&views, &source, &item), ["", "lang/en/", "trade/"]);
        item.language = Some("../x".to_owned());
        assert_eq!(paths(&views, &source, &item), ["", "trade/"]);
    }

    #[test]
    fn a_language_has_a_view_of_its_own_name() {
        let mut site = Site::sample();
        site.views = vec![View {
            path: "ru/".to_owned(),
            ..View::main(&site)
        }];
        let view = View::at(&site, "lang/ru/").unwrap();
        assert_eq!((&*view.title, &*view.label), ("SCO – Русский", "Русский"));
        assert!(view.is_of_language() && view.root() == "../../");
        assert_eq!(View::at(&site, "lang/tlh/").unwrap().label, "tlh");
        assert_eq!(View::at(&site, "ru/").unwrap().root(), "../");
        assert_eq!(View::at(&site, "").unwrap(), View::main(&site));
        assert_eq!(View::at(&site, "gone/"), None);
    }
}
