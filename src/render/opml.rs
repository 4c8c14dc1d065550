//! The sources as OPML 2.0 (S-26): for a reader who would rather follow the
//! outlets themselves.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::Site;
use super::shape::xml;
use crate::model::Target;

pub(super) fn render(site: &Site) -> Vec<u8> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
    // Writing to memory cannot fail.
    match document(&mut writer, site) {
        Ok(()) => writer.into_inner(),
        Err(_) => Vec::new(),
    }
}

fn document(out: &mut Writer<Vec<u8>>, site: &Site) -> io::Result<()> {
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    out.create_element("opml")
        .with_attribute(("version", "2.0"))
        .write_inner_content(|out| {
            out.create_element("head").write_inner_content(|out| {
                out.create_element("title")
                    .write_text_content(BytesText::new(&xml(&site.title)))?;
                Ok(())
            })?;
            out.create_element("body").write_inner_content(|out| {
                for outlet in site.outlets.values().filter(|outlet| outlet.enabled) {
                    let (kind, name, url) = match &outlet.target {
                        Some(Target::Feed(url)) => ("rss", "xmlUrl", url),
                        Some(Target::Page(url) | Target::Sitemap(url) | Target::Json(url)) => {
                            ("link", "url", url)
                        }
                        None => continue,
                    };
                    out.create_element("outline")
                        .with_attributes([
                            ("type", kind),
                            ("text", &*xml(&outlet.title)),
                            (name, url.as_str()),
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
