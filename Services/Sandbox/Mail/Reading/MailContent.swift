/// What a person sees of a message. Nothing that a message says can make this fail.
struct MailContent: Equatable, Sendable {
    /// Deeper parts are not looked into.
    static let deepest = 10
    /// Further parts are not looked at.
    static let mostParts = 200

    struct Attachment: Equatable, Sendable {
        let name: String
        let mediaType: String
        let bytes: Int
    }

    private(set) var header = MailHeader()
    private(set) var text: String?
    private(set) var html: String?
    private(set) var attachments: [Attachment] = []
    private var partCount = 0

    init(parsing bytes: [UInt8]) {
        let (header, body) = MailHeader.split(bytes[...])
        self.header = header
        take(header, body, depth: 0, defaultType: "text/plain")
    }

    /// A field's value with encoded words undone.
    subscript(name: String) -> String? { header[name].map(EncodedWords.decode) }

    var subject: String { self["Subject"] ?? "" }

    private mutating func take(
        _ header: MailHeader, _ body: ArraySlice<UInt8>, depth: Int, defaultType: String
    ) {
        partCount += 1
        guard partCount <= Self.mostParts else { return }
        var type = HeaderValue(parsing: header["Content-Type"] ?? defaultType)
        if !type.value.contains("/") { type = HeaderValue(parsing: "text/plain") }
        if type.value.hasPrefix("multipart/"), let boundary = type["boundary"], !boundary.isEmpty,
            depth < Self.deepest
        {
            let inner = type.value == "multipart/digest" ? "message/rfc822" : "text/plain"
            for part in Self.parts(body, boundary) {
                let (header, body) = MailHeader.split(part)
                take(header, body, depth: depth + 1, defaultType: inner)
            }
            return
        }
        let content = TransferCoding.decode(body, header["Content-Transfer-Encoding"] ?? "")
        let disposition = HeaderValue(parsing: header["Content-Disposition"] ?? "inline")
        let name = disposition["filename"] ?? type["name"]
        let isShown = disposition.value != "attachment" && name == nil
        let charset = type["charset"] ?? "utf-8"
        switch type.value {
        case "text/plain" where isShown, _ where type.value.hasPrefix("multipart/"):
            // Parts that cannot be told apart are shown as they are.
            text = Self.joined(text, MailCharset.decode(content[...], charset))
        case "text/html" where isShown:
            html = Self.joined(html, MailCharset.decode(content[...], charset))
        default:
            attachments.append(
                Attachment(name: name ?? "", mediaType: type.value, bytes: content.count))
        }
    }

    private static func joined(_ first: String?, _ second: String) -> String {
        first.map { $0 + "\n" + second } ?? second
    }

    /// What lies between the lines that begin with two hyphens and the boundary.
    private static func parts(
        _ body: ArraySlice<UInt8>, _ boundary: String
    ) -> [ArraySlice<UInt8>] {
        let mark = Array("--\(boundary)".utf8)
        var lines = MailLines(body)
        var parts: [ArraySlice<UInt8>] = []
        var start: Int?
        var position = body.startIndex
        while let line = lines.next() {
            let lineStart = position
            position = lines.rest.startIndex
            guard line.starts(with: mark) else { continue }
            var tail = line.dropFirst(mark.count)
            let isLast = tail.starts(with: "--".utf8)
            if isLast { tail = tail.dropFirst(2) }
            guard tail.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { continue }
            if let start { parts.append(trimmed(body[start..<max(start, lineStart)])) }
            start = isLast ? nil : position
            if isLast || parts.count >= mostParts { return parts }
        }
        if let start { parts.append(body[min(start, body.endIndex)...]) }
        return parts
    }

    /// The line end before a boundary belongs to the boundary.
    private static func trimmed(_ part: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var part = part
        if part.last == 0x0A { part.removeLast() }
        if part.last == 0x0D { part.removeLast() }
        return part
    }
}
