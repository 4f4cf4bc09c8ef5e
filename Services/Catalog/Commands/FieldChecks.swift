internal import HTTP
internal import ServiceKit

/// Gathers what is wrong with the fields of a body, so that a client learns it all at once.
struct FieldChecks {
    /// The longest address that is taken.
    static let longestAddress = 2_048

    private(set) var faults: [Problem.FieldFault] = []

    mutating func require(_ isRight: Bool, _ pointer: String, _ fault: String) {
        if !isRight { faults.append(Problem.FieldFault(pointer, fault)) }
    }

    /// A text of so many characters without control characters; line breaks where they are allowed.
    mutating func text(
        _ text: String, _ pointer: String, _ length: ClosedRange<Int>, lines: Bool = false
    ) {
        if let fault = Self.fault(of: text, length, lines: lines) { require(false, pointer, fault) }
    }

    /// An absolute address of `http` or `https`.
    mutating func address(_ text: String, _ pointer: String) {
        require(Self.isAddress(text), pointer, "must be an address that begins with https://")
    }

    /// - Throws: `Problem` 422 that names every fault.
    func finish() throws {
        if !faults.isEmpty { throw ProblemSlug.invalid.problem(errors: faults) }
    }

    static func fault(
        of text: String, _ length: ClosedRange<Int>, lines: Bool = false
    ) -> String? {
        guard length.contains(text.count), text.utf8.count <= length.upperBound * 8 else {
            return "must have \(length.lowerBound) to \(length.upperBound) characters"
        }
        let hasControls = text.unicodeScalars.contains { scalar in
            let isControl = scalar.properties.generalCategory == .control
            return isControl && !(lines && (scalar == "\n" || scalar == "\r" || scalar == "\t"))
        }
        if hasControls { return "must have no control characters" }
        if length.lowerBound > 0, text.allSatisfy(\.isWhitespace) { return "must not be blank" }
        return nil
    }

    static func isAddress(_ text: String) -> Bool {
        guard text.utf8.count <= longestAddress,
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !#""<>\^`"#.utf8.contains($0) })
        else { return false }
        for scheme in ["https://", "http://"] where text.lowercased().hasPrefix(scheme) {
            let host = text.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
            let isHost = host.first.map { $0.isLetter || $0.isNumber || $0 == "[" } ?? false
            return isHost && !host.contains("@") && !host.contains("{")
        }
        return false
    }
}
