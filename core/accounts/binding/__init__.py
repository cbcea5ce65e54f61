"""
Who is who: which account a user of a platform has, and how a person proves whose he is.

`bindings` finds, makes and ends bindings; a file each holds a way to prove an account. Services
that know no language and no platform; outcomes are values (`outcomes`). Imported by `core.chat`,
`core.http` and by what wires the parts.
"""
