//! What the user wrote in doc comments, as plain text.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The text of the doc comments among `attrs`, one line for each, without the
/// space that usually follows `///`. Text that a macro makes is left out.
pub(crate) fn text(attrs: &[Attribute]) -> String {
    let lines: Vec<_> = attrs.iter().filter_map(line).collect();
    let indented = lines.iter().all(|line| line.is_empty() || line.starts_with(' '));
    let lines = lines.iter().map(|line| if indented { line.get(1..).unwrap_or("") } else { line });
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

fn line(attr: &Attribute) -> Option<String> {
    match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn comments_become_lines_without_their_indent() {
        let item: syn::ItemTrait = parse_quote! {
            /// First.
            ///
            ///   - indented
            #[doc(hidden)]
            trait A {}
        };
        assert_eq!(text(&item.attrs), "First.\n\n  - indented");
        assert_eq!(text(&[parse_quote!(#[doc = "a"]), parse_quote!(#[doc = " b"])]), "a\n b");
    }
}
