"""
Who is who: which account a user of a platform has, and how a person proves whose he is.

`bindings` finds, makes and ends bindings; a file each holds a way to prove an account
(`email_codes`, `bind_codes`, `subscription_links`, and `site_watch` for the panel's own page), and
`limits` how often it may be tried. Services that know no language and no platform; outcomes are
values (`outcomes`). Imported by `core.chat`, `core.http` and by what wires the parts; names of
things by `core.texts`.

A new way is a name in `methods` (and in the setting `binding_methods`), a file here that
`assembly` makes, and its steps under `core.chat.features.binding`.
"""
