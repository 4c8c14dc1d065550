//! An article page, read once for an item whose feed told too little: lead,
//! byline, date, language, its own address.
//!
//! What publishers write for machines comes first (JSON-LD, then `OpenGraph`
//! and its kin), what they write for eyes after it.

use jiff::Timestamp;
use scraper::{Html, Selector};
use serde_json::Value;

use super::page::{date_text, flattened};
use super::{Recipe, clean};
use crate::model::{Article, Failure, WebUrl};
use crate::text::{date, language, plain};

/// How much of the text the topic reads, in letters: a name that comes later
/// is mentioned in passing.
const TEXT_AT_MOST: usize = 1000;

/// A paragraph shorter than this is a caption or a button.
const PARAGRAPH_AT_LEAST: usize = 40;

/// JSON-LD types that are articles.
const ARTICLES: [&str; 5] = [
    "NewsArticle",
    "Article",
    "ReportageNewsArticle",
    "BlogPosting",
    "VideoObject",
];

/// Reads the page; one that tells nothing of an article is a failure.
pub(super) fn read(
    recipe: &Recipe,
    base: &WebUrl,
    text: &str,
    now: Timestamp,
) -> Result<Article, Failure> {
    let page = Html::parse_document(&flattened(text));
    let linked = linked_data(&page);
    let said = |keys: &[&str]| keys.iter().find_map(|key| string(linked.as_ref()?, key));
    let meta = |names: &[&str]| names.iter().find_map(|name| meta(&page, name));
    let paragraphs = paragraphs(&page);
    let description = said(&["description"]).or_else(|| meta(&["og:description", "description"]));
    let description = description.map(|text| clean::lead(&text).0);
    let lead = description
        .filter(|text| text.chars().count() >= PARAGRAPH_AT_LEAST)
        .or_else(|| paragraphs.first().cloned())
        .unwrap_or_default();
    let body = said(&["articleBody"]).map(|body| plain::line(&body));
    let body = body.unwrap_or_else(|| paragraphs.join(" "));
    let title = said(&["headline", "name"])
        .or_else(|| meta(&["og:title"]))
        .or_else(|| first(&page, "h1"));
    let stated = said(&["datePublished", "uploadDate", "dateCreated"])
        .or_else(|| {
            meta(&[
                "article:published_time",
                "mediator_published_time",
                "pubdate",
                "date",
            ])
        })
        .or_else(|| {
            let time = Selector::parse("time").ok()?;
            date_text(page.select(&time).next()?)
        });
    let byline = linked.as_ref().map(authors).unwrap_or_default();
    let article = Article {
        title: title.and_then(|title| clean::title(&title)),
        lead,
        text: plain::cut(&body, TEXT_AT_MOST),
        byline: if byline.is_empty() {
            meta(&["author", "article:author"])
                .and_then(|author| clean::author(&author))
                .filter(|author| WebUrl::parse(author).is_none())
                .into_iter()
                .collect()
        } else {
            byline
        },
        stated: stated.and_then(|text| date::read(&text, &recipe.zone, now)),
        language: page
            .root_element()
            .value()
            .attr("lang")
            .and_then(language::tag)
            .or_else(|| said(&["inLanguage"]).as_deref().and_then(language::tag)),
        canonical: canonical(&page, base),
        media: Vec::new(),
    };
    if article.lead.is_empty() && article.text.is_empty() {
        return Err(Failure::NotAFeed("a page without an article".to_owned()));
    }
    Ok(article)
}

/// The first article among the page's JSON-LD.
fn linked_data(page: &Html) -> Option<Value> {
    let scripts = Selector::parse("script[type='application/ld+json']").ok()?;
    page.select(&scripts).find_map(|script| {
        let text: String = script.text().collect();
        article_in(serde_json::from_str(text.trim()).ok()?)
    })
}

fn article_in(value: Value) -> Option<Value> {
    match value {
        Value::Array(list) => list.into_iter().find_map(article_in),
        Value::Object(mut object) => {
            if let Some(graph) = object.remove("@graph") {
                return article_in(graph);
            }
            let types = match object.get("@type") {
                Some(Value::Array(types)) => types.clone(),
                Some(one) => vec![one.clone()],
                None => Vec::new(),
            };
            let is_article = types
                .iter()
                .filter_map(Value::as_str)
                .any(|t| ARTICLES.contains(&t));
            is_article.then_some(Value::Object(object))
        }
        _ => None,
    }
}

fn string(object: &Value, key: &str) -> Option<String> {
    let text = object.get(key)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn authors(object: &Value) -> Vec<String> {
    let list = match object.get("author") {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    list.iter()
        .filter_map(|author| match author {
            Value::String(name) => Some(name.clone()),
            other => string(other, "name"),
        })
        .filter_map(|name| clean::author(&name))
        .collect()
}

fn meta(page: &Html, name: &str) -> Option<String> {
    let either = format!("meta[property='{name}'], meta[name='{name}'], meta[itemprop='{name}']");
    let selector = Selector::parse(&either).ok()?;
    page.select(&selector).find_map(|meta| {
        let content = meta.value().attr("content")?.trim();
        (!content.is_empty()).then(|| content.to_owned())
    })
}

fn first(page: &Html, selector: &str) -> Option<String> {
    let selector = Selector::parse(selector).ok()?;
    page.select(&selector)
        .map(|element| element.inner_html())
        .find(|html| !plain::line(html).is_empty())
}

/// The paragraphs of the text: those of the article element, else those of
/// the page.
fn paragraphs(page: &Html) -> Vec<String> {
    ["[itemprop='articleBody'] p", "article p", "main p", "p"]
        .iter()
        .filter_map(|selector| Selector::parse(selector).ok())
        .map(|selector| {
            page.select(&selector)
                .map(|p| clean::lead(&p.inner_html()).0)
                .filter(|text| text.chars().count() >= PARAGRAPH_AT_LEAST)
                .take(20)
                .collect::<Vec<_>>()
        })
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

fn canonical(page: &Html, base: &WebUrl) -> Option<WebUrl> {
    let selector = Selector::parse("link[rel='canonical']").ok()?;
    base.join(page.select(&selector).next()?.value().attr("href")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(html: &str) -> Article {
        let base = WebUrl::parse("https://volga.example/2026/1.html").unwrap();
        read(&Recipe::feed(), &base, html, Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn what_is_written_for_machines_comes_first() {
        let article = article(
            r#"<html lang="ru"><head><link rel="canonical" href="/a/1.html">
            <meta property="og:description" content="Another lead, which is long enough to be one.">
            <script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "Volga"},
              {"@type": "NewsArticle", "headline": "Ministers meet", "datePublished":
               "2026-11-20T10:00:00+03:00", "author": [{"name": "Anna Orlova"}],
               "description": "Ministers of the member states met on Friday in the capital.",
               "articleBody": "Ministers of the member states met on Friday. <b>They</b> signed."}]}
            </script></head><body><h1>Volga</h1><p>Menu</p></body></html>"#,
        );
        assert_eq!(article.title.as_deref(), Some("Ministers meet"));
        assert_eq!(
            article.lead,
            "Ministers of the member states met on Friday in the capital."
        );
        assert_eq!(
            article.text,
            "Ministers of the member states met on Friday. They signed."
        );
        assert_eq!(article.byline, ["Anna Orlova"]);
        assert_eq!(article.stated, "2026-11-20T07:00:00Z".parse().ok());
        assert_eq!(article.language.as_deref(), Some("ru"));
        assert_eq!(
            article.canonical.unwrap().as_str(),
            "https://volga.example/a/1.html"
        );
    }

    #[test]
    fn a_page_for_eyes_alone_is_read_by_its_paragraphs() {
        let article = article(
            "<article><h1>Talks</h1><time datetime='2026-11-20T10:00:00Z'>today</time><p>Photo</p>\
             <p>The leaders agreed on a bank, people close to the talks said.</p></article>",
        );
        let lead = "The leaders agreed on a bank, people close to the talks said.";
        assert_eq!((article.lead.as_str(), article.text.as_str()), (lead, lead));
        assert_eq!(article.stated, "2026-11-20T10:00:00Z".parse().ok());
    }

    #[test]
    fn a_page_without_an_article_tells_nothing() {
        let base = WebUrl::parse("https://volga.example/").unwrap();
        assert!(
            read(
                &Recipe::feed(),
                &base,
                "<p>Log in</p>",
                Timestamp::UNIX_EPOCH
            )
            .is_err()
        );
    }
}
