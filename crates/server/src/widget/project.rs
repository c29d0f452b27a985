//! `dg widget new`: the files of a widget project, as Zoho's own tool lays them out, with a small example that works.

use std::path::{Path, PathBuf};

use rainwright::{Code, Problem};
use rainwright_diagnostic::{FileUse, file_problem};

/// The product that a new widget is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WidgetKind {
    /// Zoho CRM.
    Crm,
    /// Zoho Creator.
    Creator,
}

/// A file of a project: its path and its text. In the text `{name}` is the project's name, `{product}` the product's, and `{sdk}`
/// the address of its SDK.
type Template = (&'static str, &'static str);

/// What both have.
const COMMON: &[Template] = &[
    ("app/widget.html", include_str!("template/widget.html")),
    ("app/css/widget.css", include_str!("template/widget.css")),
    ("functions/greet.dg", include_str!("template/greet.dg")),
];

const CRM: &[Template] = &[
    ("plugin-manifest.json", include_str!("template/crm.json")),
    ("app/js/widget.js", include_str!("template/crm.js")),
];

const CREATOR: &[Template] = &[
    ("plugin-manifest.json", include_str!("template/creator.json")),
    ("app/js/widget.js", include_str!("template/creator.js")),
    ("functions/ask_mailchimp.dg", include_str!("template/ask_mailchimp.dg")),
];

/// Writes the project into a new folder; gives the paths of its files.
///
/// # Errors
/// When the folder's name is none for a widget, or it is there already, or cannot be written.
pub fn write(folder: &Path, kind: WidgetKind) -> Result<Vec<PathBuf>, Problem> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    // The names that Zoho's own tool takes.
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(Problem::new(Code::BadArgument, format!("'{name}' is no name for a widget."))
            .with_help("Use letters, digits and _ only, such as lead_news."));
    }
    if folder.exists() {
        return Err(Problem::new(Code::FileProblem, format!("{} is there already.", folder.display()))
            .with_help("Choose another name: nothing is overwritten."));
    }
    let (own, product, sdk) = match kind {
        WidgetKind::Crm => (CRM, "CRM", "https://live.zwidgets.com/js-sdk/1.2/ZohoEmbededAppSDK.min.js"),
        WidgetKind::Creator => {
            (CREATOR, "Creator", "https://js.zohostatic.com/creator/widgets/version/2.0/widgetsdk-min.js")
        }
    };
    let mut written = Vec::new();
    for (path, text) in own.iter().chain(COMMON) {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        let text = text.replace("{name}", name).replace("{product}", product).replace("{sdk}", sdk);
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&path, text))
            .map_err(|e| file_problem(&path, FileUse::Write, &e))?;
        written.push(path);
    }
    Ok(written)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::widget::{WidgetProject, validate};

    #[test]
    fn a_new_project_is_one_that_validate_accepts() {
        let place = tempfile::tempdir().unwrap();
        for (name, kind, service) in
            [("lead_news", WidgetKind::Crm, "CRM"), ("order_news", WidgetKind::Creator, "CREATOR")]
        {
            let folder = place.path().join(name);
            let files = write(&folder, kind).unwrap();
            assert_eq!(validate(&folder).unwrap(), []);
            let project = WidgetProject::open(&folder).unwrap();
            assert_eq!((project.service.as_str(), project.name().as_str()), (service, name));
            assert_eq!(project.connections, if kind == WidgetKind::Crm { vec!["mailchimp"] } else { vec![] });
            for file in files {
                let text = std::fs::read_to_string(&file).unwrap();
                let filled = ["{name}", "{product}", "{sdk}"].iter().all(|part| !text.contains(part));
                assert!(filled, "{}", file.display());
            }
            // A folder that exists is left alone.
            assert_eq!(write(&folder, kind).unwrap_err().code, Code::FileProblem);
        }
        for name in ["two words", "a-b"] {
            assert!(write(&place.path().join(name), WidgetKind::Crm).is_err(), "{name}");
        }
        assert!(write(Path::new(".."), WidgetKind::Crm).is_err());
    }
}
