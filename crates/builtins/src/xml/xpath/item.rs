//! What an XPath selects: nodes of the document, attributes, namespaces.

use roxmltree::Node;

/// A node of XPath's data model.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Item<'a> {
    /// The root, an element, a text, a comment or a processing instruction.
    Node(Node<'a, 'a>),
    /// An element's attribute with that number.
    Attribute(Node<'a, 'a>, usize),
    /// A namespace that an element knows, with that number.
    Namespace(Node<'a, 'a>, usize),
}

impl<'a> Item<'a> {
    /// The node itself, or the element it belongs to.
    pub(super) fn node(self) -> Node<'a, 'a> {
        match self {
            Item::Node(node) | Item::Attribute(node, _) | Item::Namespace(node, _) => node,
        }
    }

    /// Its place in the order of the document.
    pub(super) fn place(self) -> (usize, u8, usize) {
        let id = self.node().id().get_usize();
        match self {
            Item::Node(_) => (id, 0, 0),
            Item::Namespace(_, i) => (id, 1, i),
            Item::Attribute(_, i) => (id, 2, i),
        }
    }

    /// The attribute, if it is one.
    pub(in super::super) fn attribute(self) -> Option<roxmltree::Attribute<'a, 'a>> {
        match self {
            Item::Attribute(node, i) => node.attributes().nth(i),
            _ => None,
        }
    }

    /// The string-value of XPath: all text within an element, an attribute's value.
    pub(in super::super) fn text(self) -> String {
        match self {
            Item::Attribute(..) => self.attribute().map_or("", |a| a.value()).to_owned(),
            Item::Namespace(node, i) => node.namespaces().nth(i).map_or("", |n| n.uri()).to_owned(),
            Item::Node(node) if node.is_element() || node.is_root() => {
                node.descendants().filter(|n| n.is_text()).filter_map(|n| n.text()).collect()
            }
            Item::Node(node) => match node.pi() {
                Some(pi) => pi.value.unwrap_or_default().to_owned(),
                None => node.text().unwrap_or_default().to_owned(),
            },
        }
    }

    /// The name without prefix.
    pub(super) fn local_name(self) -> &'a str {
        match self {
            Item::Attribute(..) => self.attribute().map_or("", |a| a.name()),
            Item::Namespace(node, i) => node.namespaces().nth(i).and_then(|n| n.name()).unwrap_or(""),
            Item::Node(node) if node.is_element() => node.tag_name().name(),
            Item::Node(node) => node.pi().map_or("", |pi| pi.target),
        }
    }

    /// The namespace of the name.
    pub(super) fn namespace(self) -> &'a str {
        match self {
            Item::Attribute(..) => self.attribute().and_then(|a| a.namespace()).unwrap_or(""),
            Item::Namespace(..) => "",
            Item::Node(node) => node.tag_name().namespace().unwrap_or(""),
        }
    }

    /// The name as written, with its prefix.
    pub(in super::super) fn qualified_name(self) -> String {
        let uri = self.namespace();
        let prefix = if uri.is_empty() || self.is_unprefixed() { None } else { self.node().lookup_prefix(uri) };
        match prefix.filter(|p| !p.is_empty()) {
            Some(prefix) => format!("{prefix}:{}", self.local_name()),
            None => self.local_name().to_owned(),
        }
    }

    /// Whether the name has no prefix: in no namespace, or in an element's default one.
    pub(super) fn is_unprefixed(self) -> bool {
        let uri = self.namespace();
        uri.is_empty() || (matches!(self, Item::Node(_)) && self.node().default_namespace() == Some(uri))
    }
}
