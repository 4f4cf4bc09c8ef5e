/// What a new password must be (NIST SP 800-63B-4 §3.1.1): long enough, not among the commonly
/// used ones, not the person's own name here. No rule asks for kinds of characters.
struct PasswordRules: Sendable {
    /// In Unicode scalars; the least for a password that is the only factor.
    static let least = 15
    /// In Unicode scalars; also bounds the work of hashing.
    static let most = 128

    enum Fault: Error, Equatable {
        case tooShort
        case tooLong
        case common
        case containsOwnName
    }

    /// Lower-case passwords that are refused.
    let common: Set<String>

    /// - Parameter ownNames: words that stand for the person or the site; those under four
    ///   characters are not looked for.
    func check(_ password: String, ownNames: [String]) throws(Fault) {
        let count = password.unicodeScalars.count
        guard count >= Self.least else { throw .tooShort }
        guard count <= Self.most else { throw .tooLong }
        let folded = password.lowercased()
        guard !isCommon(folded) else { throw .common }
        for name in ownNames where name.count >= 4 {
            let rest = folded.replacing(name.lowercased(), with: "")
            guard folded.count - rest.count < folded.count / 2 else { throw .containsOwnName }
        }
    }

    /// Listed, or a listed or single character run repeated to reach the length, or a plain row of
    /// the keyboard.
    private func isCommon(_ folded: String) -> Bool {
        if common.contains(folded) { return true }
        let trimmed = String(folded.reversed().drop { $0.isNumber || $0.isPunctuation }.reversed())
        if common.contains(trimmed) { return true }
        let characters = Array(folded)
        for period in 1...max(1, characters.count / 2) {
            let isRepeated = characters.indices.allSatisfy {
                characters[$0] == characters[$0 % period]
            }
            if isRepeated {
                let unit = String(characters.prefix(period))
                if period <= 4 || common.contains(unit) { return true }
            }
        }
        return Self.rows.contains { ($0 + $0).contains(folded) }
    }

    private static let rows = [
        "01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    ]
}
