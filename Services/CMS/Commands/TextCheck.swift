/// What is wrong with a text, as the end of a sentence that starts with its name.
enum TextCheck {
    static func fault(
        of text: String, _ length: ClosedRange<Int>, lines: Bool = false
    ) -> String? {
        guard length.contains(text.count), text.utf8.count <= length.upperBound * 8 else {
            return "must have \(length.lowerBound) to \(length.upperBound) characters"
        }
        if hasControls(text, lines: lines) { return "must have no control characters" }
        if length.lowerBound > 0, text.allSatisfy(\.isWhitespace) { return "must not be blank" }
        return nil
    }

    /// Whether characters are in it that are not shown; line breaks and tabs only where allowed.
    static func hasControls(_ text: String, lines: Bool) -> Bool {
        text.unicodeScalars.contains { scalar in
            // Nothing above is a control character.
            guard scalar.value < 0xA0 else { return false }
            let isControl = scalar.value < 0x20 || scalar.value >= 0x7F
            return isControl && !(lines && (scalar == "\n" || scalar == "\r" || scalar == "\t"))
        }
    }
}
