"""Conversations as plain text, played on every platform: the tests that anybody can write.

```
A first loan of time                       <- the title; a line that begins with "# " is a comment
people: amina (Amina Yusuf, admin), juma (Juma), claire (Claire, speaks fr)
clock: 2026-03-02 09:00 America/Toronto

amina in group: /pool create Riverside
  amina sees: The pool is ready.
  group sees: ...

juma in private: /balance
  juma sees: You have 3 credits.
             [History] [Send]
```

**People** are named once: a short name, and in brackets what they are called, then what else is
to be known: `admin` (administers the chat), `speaks fr` (their client's language), `on telegram`
(where they are when several platforms play), `calls themselves juma254` (a username other than
the short name), `without username`. Somebody may have accounts on several platforms: their own is
the one that is named, and a step says when they act on another one.

**The clock** stands at the given local time, and moves only when somebody waits. For a
demonstration it may say `clock: 3 days ago at 09:00 America/Toronto`.

**Steps** stand at the beginning of a line:

    juma in group: /offer 2h mending nets
    juma in private: /balance
    juma on discord in private: /link             (for people with several accounts)
    juma replies to amina in group: /send 5 thank you
    juma sends a photo in private: /done #{promise}
    juma answers: mending nets                    (words for the question they were asked last)
    juma taps [Undo]                              (the newest message they can see that has it)
    juma taps [Take] on #{need} in group          (the newest that also names #12, or there)
    amina taps [Decline]: not finished yet        (a button that asks for words first)
    the last arrives again                        (the same event, delivered once more)
    wait 11 minutes                               (also: hours, days, weeks)
    wait until 2026-03-05 18:00

**What is seen** stands below, indented: `juma sees:` is what juma alone sees, `group sees:` what
all see in the group, `group sees (edited):` a message there that changed in place. Further lines
are indented deeper; a line of a list begins with a dot (•), `(a picture)` or `(a file: name)` is
the last line of what is shown with one, buttons are [In brackets], one row a line. All that anybody
sees is written down; what is not written must not be seen. The order counts for each of them, not
between them.

**Names for what varies.** `#{offer}` is a number that is caught when it is first seen, and the
same one from then on, in steps too. `{code}` catches any words in one line; `{_}` stands for
words that do not matter.

**`only: local, telegram`** before a step leaves it out elsewhere (Discord cannot type a malformed
number); in the head it holds for the whole file. `only: mixed` is where several share the pool; a
file that is only for that is played locally with a room for each platform.

Text that differs is shown as a difference to the file; `--record` writes into the file what was
seen, and leaves steps, comments and caught names as they are.
"""
