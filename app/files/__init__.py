"""The bytes of attachments: sent by `PUT`, read by `GET` with a key or a signed link."""
