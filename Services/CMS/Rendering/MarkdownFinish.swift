/// What is done to the library's HTML: names for headings, `rel` for links that lead away, pictures
/// that load when they are looked at.
///
/// Only tags of the library's own match: what an author writes has its `<` and `"` escaped.
struct MarkdownFinish {
    let anchors: [String]
    /// Addresses that begin so do not lead away.
    let home: String

    func apply(to html: [UInt8]) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(html.count + html.count / 8)
        var heading = 0
        var index = 0
        while index < html.count {
            let byte = html[index]
            guard byte == UInt8(ascii: "<") else {
                output.append(byte)
                index += 1
                continue
            }
            let rest = html[index...]
            if isHeading(rest) {
                output += rest.prefix(3)
                if heading < anchors.count { output += " id=\"\(anchors[heading])\"".utf8 }
                heading += 1
                index += 3
            } else if rest.starts(with: Self.link) {
                let address = rest.dropFirst(Self.link.count)
                output += leadsAway(address) ? Self.linkAway : Self.link
                index += Self.link.count
            } else if rest.starts(with: Self.picture) {
                output += Self.lazyPicture
                index += Self.picture.count
            } else {
                output.append(byte)
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static let link = Array("<a href=\"".utf8)
    private static let linkAway = Array("<a rel=\"nofollow noopener\" href=\"".utf8)
    private static let picture = Array("<img src=\"".utf8)
    private static let lazyPicture = Array("<img loading=\"lazy\" src=\"".utf8)

    private func isHeading(_ rest: ArraySlice<UInt8>) -> Bool {
        let bytes = rest.prefix(4)
        guard bytes.count == 4, bytes[bytes.startIndex + 1] == UInt8(ascii: "h"),
            bytes[bytes.startIndex + 3] == UInt8(ascii: ">")
        else { return false }
        return (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(bytes[bytes.startIndex + 2])
    }

    private func leadsAway(_ address: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: address.prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
            .lowercased()
        guard text.hasPrefix("http:") || text.hasPrefix("https:") || text.hasPrefix("//") else {
            return false
        }
        let own = home.lowercased()
        return !(text == own || text.hasPrefix(own + "/"))
    }
}
