internal import EventTypes
internal import HTTP

/// The page that shows what was caught: the list, and one message.
///
/// Everything in it comes from strangers. It is escaped; and the HTML of a message is shown only in
/// a frame that runs no scripts, has no origin, and loads nothing.
struct MailPage {
    enum View: String, CaseIterable { case html, text, header, source }

    /// Further messages are in the list of `/mail/messages` only.
    static let mostRows = 200
    /// Of a message's source, this many bytes are shown.
    static let mostSourceBytes = 1 << 20

    /// Newest first.
    let mails: [CaughtMail]
    let total: Int
    let recipient: String?
    let selected: CaughtMail?
    let view: View?
    let nonce: String

    /// What the page may load and run: nothing but itself. The frame is held to it, too.
    static func policy(_ nonce: String) -> String {
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
            + "script-src 'nonce-\(nonce)'; connect-src 'self'; form-action 'self'; "
            + "base-uri 'none'; frame-ancestors 'none'"
    }

    var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Souk mail</title>
        <style>\(MailPageParts.style)</style>
        </head>
        <body>
        <header>
        <h1><a href="/mail">Souk <span>mail</span></a></h1>
        <form action="/mail" method="get" role="search">
        <input type="search" name="to" placeholder="Recipient" aria-label="Recipient" \
        value="\(MarkupText.escape(recipient ?? ""))">
        </form>
        <button id="clear" type="button"\(total == 0 ? " disabled" : "")>Delete all</button>
        </header>
        <main>
        <nav id="list" aria-label="Messages">\(list)</nav>
        <article>\(selected.map(message) ?? emptiness)</article>
        </main>
        <script nonce="\(nonce)">\(MailPageParts.script)</script>
        </body>
        </html>

        """
    }

    // MARK: The list

    private var list: String {
        let heading = recipient == nil ? "\(total)" : "\(mails.count) of \(total)"
        let rest =
            mails.count > Self.mostRows
            ? "<p class=\"more\">The newest \(Self.mostRows) are shown.</p>" : ""
        return """
            <p class="count">\(heading) \(total == 1 ? "message" : "messages")</p>
            <ol>\(mails.prefix(Self.mostRows).map(row).joined())</ol>\(rest)
            """
    }

    private func row(_ mail: CaughtMail) -> String {
        let (header, _) = MailHeader.split(mail.text[...])
        let current = mail.id == selected?.id ? " aria-current=\"true\"" : ""
        return """
            <li><a href="\(MarkupText.escape(link(mail)))"\(current)>\
            <b>\(Self.subject(header["Subject"].map(EncodedWords.decode)))</b>\
            <time>\(Self.time(mail.receivedAt))</time>\
            <span>\(MarkupText.escape(mail.envelope.recipients.joined(separator: ", ")))</span></a></li>
            """
    }

    private func link(_ mail: CaughtMail, _ view: View? = nil) -> String {
        var query = QueryParameters([("id", mail.id)])
        if let recipient { query.add("to", recipient) }
        if let view { query.add("view", view.rawValue) }
        return "/mail?\(query.encoded)"
    }

    // MARK: One message

    private var emptiness: String {
        let what =
            recipient == nil ? "No mail yet" : "No mail for \(MarkupText.escape(recipient ?? ""))"
        return "<p class=\"empty\"><b>\(what)</b><br>What the platform sends will be here.</p>"
    }

    private func message(_ mail: CaughtMail) -> String {
        let content = MailContent(parsing: mail.text)
        let shown = view.flatMap { isThere($0, content) ? $0 : nil } ?? standardView(content)
        let rows: [(String, String)] = [
            ("From", content["From"] ?? mail.envelope.sender),
            ("To", mail.envelope.recipients.joined(separator: ", ")),
            ("Received", "\(mail.receivedAt)"), ("Size", "\(mail.text.count) bytes"),
            (
                "Attached",
                content.attachments.map {
                    "\($0.name.isEmpty ? "unnamed" : $0.name) (\($0.mediaType), \($0.bytes) bytes)"
                }.joined(separator: ", ")
            ),
        ]
        let fields = rows.filter { !$0.1.isEmpty }.map {
            "<dt>\($0.0)</dt><dd>\(MarkupText.escape($0.1))</dd>"
        }
        let tabs = View.allCases.filter { isThere($0, content) }.map { view in
            let current = view == shown ? " aria-current=\"true\"" : ""
            return """
                <a href="\(MarkupText.escape(link(mail, view)))"\(current)>\(Self.label(view))</a>
                """
        }
        return """
            <h2>\(Self.subject(content.subject))</h2>
            <dl>\(fields.joined())</dl>
            <div class="tabs">\(tabs.joined())\
            <a class="raw" href="/mail/messages/\(mail.id)/raw">Download</a></div>
            \(body(mail, content, shown))
            """
    }

    private func isThere(_ view: View, _ content: MailContent) -> Bool {
        switch view {
        case .html: content.html != nil
        case .text: content.text != nil
        case .header, .source: true
        }
    }

    private func standardView(_ content: MailContent) -> View {
        content.html != nil ? .html : content.text != nil ? .text : .source
    }

    private static func label(_ view: View) -> String {
        switch view {
        case .html: "HTML"
        case .text: "Text"
        case .header: "Header"
        case .source: "Source"
        }
    }

    private func body(_ mail: CaughtMail, _ content: MailContent, _ view: View) -> String {
        switch view {
        case .html: return frame(content.html ?? "")
        case .text: return "<pre class=\"text\">\(MarkupText.escape(content.text ?? ""))</pre>"
        case .header:
            let rows = content.header.fields.map { field in
                "<dt>\(MarkupText.escape(field.name))</dt>"
                    + "<dd>\(MarkupText.escape(EncodedWords.decode(field.value)))</dd>"
            }
            return "<dl class=\"header\">\(rows.joined())</dl>"
        case .source:
            let text = String(decoding: mail.text.prefix(Self.mostSourceBytes), as: UTF8.self)
            return "<pre>\(MarkupText.escape(text))</pre>"
        }
    }

    /// Links open beside the page, and nothing else that a message contains does anything.
    private func frame(_ html: String) -> String {
        let head = """
            <!DOCTYPE html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" \
            content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">\
            <base target="_blank">
            """
        return """
            <iframe title="The message" referrerpolicy="no-referrer" \
            sandbox="allow-popups allow-popups-to-escape-sandbox" \
            srcdoc="\(MarkupText.escape(head + html))"></iframe>
            """
    }

    // MARK: Text

    private static func subject(_ text: String?) -> String {
        let text = text ?? ""
        return text.isEmpty ? "<i>no subject</i>" : MarkupText.escape(text)
    }

    /// `14:03:59`, in UTC.
    private static func time(_ time: Timestamp) -> String {
        let text = time.description
        return "<span class=\"date\">\(text.prefix(10))</span> \(text.dropFirst(11).prefix(8))"
    }
}
