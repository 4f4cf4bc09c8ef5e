/// Where links of documents may lead.
enum WebAddress {
    private static let links: Set<String> = ["http", "https", "mailto", "tel"]
    private static let pictures: Set<String> = ["http", "https"]

    /// Whether an address leads to the web or stays on the site: relative, or of a scheme that
    /// nothing is run by. Read as browsers do: they skip blanks and control characters.
    static func isHarmless(_ address: String, forPicture: Bool = false) -> Bool {
        var scheme = ""
        for scalar in address.unicodeScalars {
            if scalar.value <= 0x20 || (0x7F...0xA0).contains(scalar.value) { continue }
            switch scalar {
            case ":": return (forPicture ? pictures : links).contains(scheme.lowercased())
            case "/", "?", "#", "\\": return true
            default: scheme.unicodeScalars.append(scalar)
            }
        }
        return true
    }

    /// The address with scheme and host.
    static func absolute(_ address: String, under home: String) -> String {
        let start = address.lowercased()
        if start.hasPrefix("http://") || start.hasPrefix("https://") { return address }
        if start.hasPrefix("//") { return "https:" + address }
        return address.hasPrefix("/") ? home + address : "\(home)/\(address)"
    }
}
