"""Dead letters: messages that used up their tries. See `docs/dead-letters.md`."""
