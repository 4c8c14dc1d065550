//! A news sitemap: addresses with headlines and dates, as search engines are
//! told them.

use super::draft::escaped;
use super::entry::{Entry, Ground};
use crate::model::{Failure, Parsed, Rung};
use crate::text::markup::{self, Piece};

/// Addresses of one sitemap at most, as the protocol has it.
const ADDRESSES_AT_MOST: usize = 50_000;

/// Whether a document is a sitemap or a list of them, by its root.
pub(super) fn is_one(text: &str) -> bool {
    root(text).is_some_and(|name| matches!(name, "urlset" | "sitemapindex"))
}

fn root(text: &str) -> Option<&str> {
    markup::pieces(text).find_map(|piece| match piece {
        Piece::Open(tag) => Some(local(tag.name).1),
        _ => None,
    })
}

/// Prefix and name.
fn local(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}

pub(super) fn read(ground: &Ground<'_>, text: &str) -> Result<Parsed, Failure> {
    match root(text) {
        Some("urlset") => {}
        Some("sitemapindex") => {
            let first = entries(text).first().map(|entry| entry.link.clone());
            return Err(Failure::NotAFeed(format!(
                "a list of sitemaps, the first is {}",
                first.as_deref().unwrap_or("empty")
            )));
        }
        _ => return Err(Failure::NotAFeed("no sitemap".to_owned())),
    }
    let entries = entries(text).into_iter().map(|entry| {
        if entry.title.is_empty() {
            return Err(format!("{} has no news:title", entry.link));
        }
        Ok(entry)
    });
    let mut parsed = ground.parsed(Rung::Sitemap, entries);
    parsed.format = "news sitemap".to_owned();
    // A sitemap names every page of its site; those without a headline are
    // no news.
    let silent = parsed.skipped.len();
    if silent > 5 {
        parsed.skipped.truncate(3);
        parsed.skipped.push(crate::model::Skipped {
            what: format!("{} more", silent - 3),
            why: "no news:title".to_owned(),
        });
    }
    Ok(parsed)
}

fn entries(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut entry = Entry::default();
    let mut video = String::new();
    let mut said = String::new();
    for piece in markup::pieces(text) {
        match piece {
            Piece::Text(part) => said.push_str(part),
            Piece::Literal(part) => said.push_str(&escaped(part)),
            Piece::Open(tag) => {
                said.clear();
                if matches!(local(tag.name).1, "url" | "sitemap") {
                    entry = Entry::default();
                    video.clear();
                }
            }
            Piece::Close(name) => {
                let (prefix, name) = local(name);
                let text = || said.trim().to_owned();
                match (prefix, name) {
                    // Pictures and translations have addresses, too.
                    ("image" | "video" | "xhtml", "loc") => {}
                    ("video", "title") => video = text(),
                    (_, "loc") => {
                        entry.link = crate::text::entity::decode(said.trim()).into_owned()
                    }
                    ("news", "title") => entry.title = text(),
                    (_, "publication_date") => entry.date = Some(text()),
                    ("news", "language") => entry.language = Some(text()),
                    ("news", "keywords") => {
                        entry.categories = said
                            .split(',')
                            .map(crate::text::plain::line)
                            .filter(|word| !word.is_empty())
                            .collect();
                    }
                    (_, "url" | "sitemap") if !entry.link.is_empty() => {
                        if entry.title.is_empty() {
                            std::mem::swap(&mut entry.title, &mut video);
                        }
                        entries.push(std::mem::take(&mut entry));
                        if entries.len() == ADDRESSES_AT_MOST {
                            break;
                        }
                    }
                    _ => {}
                }
                said.clear();
            }
            Piece::Skip | Piece::Cut => {}
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WebUrl;
    use crate::parse::Recipe;

    fn sitemap(text: &str) -> Result<Parsed, Failure> {
        let recipe = Recipe::feed();
        let base = WebUrl::parse("https://volga.example/sitemap_news.xml").unwrap();
        read(
            &Ground::new(&recipe, &base, jiff::Timestamp::UNIX_EPOCH),
            text,
        )
    }

    #[test]
    fn headlines_dates_and_languages_are_read() {
        let parsed = sitemap(
            "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>
             <url><loc>https://volga.example/1?a=1&amp;b=2</loc>
               <image:image><image:loc>https://volga.example/1.jpg</image:loc></image:image>
               <news:news><news:publication><news:name>Volga</news:name>
                 <news:language>ru</news:language></news:publication>
               <news:publication_date>2026-11-20T10:00:00+03:00</news:publication_date>
               <news:title><![CDATA[Rates & routes]]></news:title>
               <news:keywords>Transit, Grain</news:keywords></news:news></url>
             <url><loc>https://volga.example/2</loc><video:video><video:title>Bridge opens</video:title>
               <video:publication_date>2026-11-19</video:publication_date></video:video></url>
             <url><loc>https://volga.example/about</loc></url></urlset>",
        )
        .unwrap();
        let [news, video] = parsed.items.as_slice() else {
            panic!("{:?}", parsed.items);
        };
        assert_eq!(news.title, "Rates & routes");
        assert_eq!(
            news.link.as_ref().unwrap().as_str(),
            "https://volga.example/1?a=1&b=2"
        );
        assert_eq!(news.stated, "2026-11-20T07:00:00Z".parse().ok());
        assert_eq!(news.language.as_deref(), Some("ru"));
        assert_eq!(news.categories, ["Transit", "Grain"]);
        assert_eq!(video.title, "Bridge opens");
        assert_eq!(parsed.skipped.len(), 1);
    }

    #[test]
    fn a_list_of_sitemaps_and_other_xml_are_none() {
        let index = "<sitemapindex><sitemap><loc>https://volga.example/s1.xml</loc></sitemap></sitemapindex>";
        let said = sitemap(index).unwrap_err().to_string();
        assert!(said.contains("https://volga.example/s1.xml"), "{said}");
        assert!(sitemap("<rss><channel/></rss>").is_err());
    }
}
