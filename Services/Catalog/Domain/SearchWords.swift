/// How texts become words to search by: runs of letters and digits, in lower case.
enum SearchWords {
    /// The longest word that is told apart, in characters.
    static let longestWord = 40
    /// The most words of one text.
    static let mostWords = 2_000

    /// The words of a text, in order, repeats included.
    static func words(of text: String, most: Int = mostWords) -> [String] {
        var words: [String] = []
        for part in text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            if words.count == most { break }
            words.append(String(part.prefix(longestWord)))
        }
        return words
    }

    /// How many slips of the pen are forgiven in a word: none in a short one, one in a usual one,
    /// two in a long one.
    static func forgivenTypos(in word: String) -> Int {
        switch word.count {
        case ..<4: 0
        case ..<8: 1
        default: 2
        }
    }

    /// How many insertions, deletions, replacements and swaps of neighbours lead from `typed` to
    /// the start of `word` that is nearest to it.
    static func distance(from typed: String, toStartOf word: String) -> Int {
        let typed = Array(typed)
        let word = Array(word)
        if typed.isEmpty || word.isEmpty { return typed.count }
        var before: [Int] = []
        var previous = Array(0...word.count)
        for row in 1...typed.count {
            var current = [row]
            for column in 1...word.count {
                let isSame = typed[row - 1] == word[column - 1]
                var best = min(
                    previous[column] + 1, current[column - 1] + 1,
                    previous[column - 1] + (isSame ? 0 : 1))
                if row > 1, column > 1, typed[row - 1] == word[column - 2],
                    typed[row - 2] == word[column - 1]
                {
                    best = min(best, before[column - 2] + 1)
                }
                current.append(best)
            }
            before = previous
            previous = current
        }
        return previous.min() ?? typed.count
    }

    /// Whether `word` may have been meant by `typed`.
    static func isLikely(_ word: String, for typed: String) -> Bool {
        distance(from: typed, toStartOf: word) <= forgivenTypos(in: typed)
    }
}
