//! The sources as OPML 2.0 (S-26): for a reader who would rather follow the
//! outlets themselves.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::shape::xml;
use crate::model::{SourceKey, StoryId, Target};

/// The attribute that has a source's name, which its title does not tell.
pub const OPML_NAME: &str = "scofeed:name";

/// A source in the list: its name, its title, and where it is read.
pub type Listed<'s> = (&'s SourceKey, &'s str, &'s Target);

/// The sources of a site with this title, each with its own.
pub fn opml<'s>(title: &str, sources: impl Iterator<Item = Listed<'s>>) -> Vec<u8> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
    // Writing to memory cannot fail.
    match document(&mut writer, title, sources) {
        Ok(()) => writer.into_inner(),
        Err(_) => Vec::new(),
    }
}

fn document<'s>(
    out: &mut Writer<Vec<u8>>,
    title: &str,
    sources: impl Iterator<Item = Listed<'s>>,
) -> io::Result<()> {
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    out.create_element("opml")
        .with_attributes([
            ("version", "2.0"),
            ("xmlns:scofeed", &*StoryId::NAMESPACE.urn().to_string()),
        ])
        .write_inner_content(|out| {
            out.create_element("head").write_inner_content(|out| {
                out.create_element("title")
                    .write_text_content(BytesText::new(&xml(title)))?;
                Ok(())
            })?;
            out.create_element("body").write_inner_content(|out| {
                for (name, title, target) in sources {
                    let (kind, place, url) = match target {
                        Target::Feed(url) => ("rss", "xmlUrl", url),
                        Target::Page(url) | Target::Sitemap(url) | Target::Json(url) => {
                            ("link", "url", url)
                        }
                    };
                    out.create_element("outline")
                        .with_attributes([
                            ("type", kind),
                            ("text", &*xml(title)),
                            (place, url.as_str()),
                            (OPML_NAME, name.as_str()),
                        ])
                        .write_empty()?;
                }
                Ok(())
            })?;
            Ok(())
        })?;
    out.get_mut().push(b'\n');
    Ok(())
}
