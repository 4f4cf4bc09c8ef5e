/// What became of the lines of a text: those that stayed, went and came, in reading order. A line
/// that was changed is one that went and one that came.
struct LineDifference: Equatable, Sendable {
    enum Change: String, Codable, CaseIterable, Sendable { case same, removed, added }

    struct Line: Codable, Equatable, Sendable {
        let change: Change
        let text: String
        /// Its number in the older text, from 1; nil for one that came.
        let from: Int?
        /// Its number in the newer text, from 1; nil for one that went.
        let to: Int?
    }

    /// The most pairs of lines that are compared. What differs in more, after the lines that begin
    /// and end both texts alike, is shown as gone and come as a whole.
    static let mostPairs = 1_000_000

    private(set) var lines: [Line] = []

    init(from old: String, to new: String) {
        let (old, new) = (Self.split(old), Self.split(new))
        let head = zip(old, new).prefix { $0 == $1 }.count
        let rest = min(old.count, new.count) - head
        let tail = zip(old.reversed(), new.reversed()).prefix(rest).prefix { $0 == $1 }.count
        keep(old[..<head], at: 0, 0)
        compare(
            old[head..<(old.count - tail)], new[head..<(new.count - tail)])
        keep(old[(old.count - tail)...], at: old.count - tail, new.count - tail)
    }

    /// An empty text has no lines, and the end of the last line begins none.
    private static func split(_ text: String) -> [Substring] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    private mutating func keep(_ some: ArraySlice<Substring>, at from: Int, _ to: Int) {
        for (index, text) in some.enumerated() {
            lines.append(
                Line(
                    change: .same, text: String(text), from: from + index + 1, to: to + index + 1))
        }
    }

    private mutating func compare(_ old: ArraySlice<Substring>, _ new: ArraySlice<Substring>) {
        var gone = Set(old.indices)
        var come = Set(new.indices)
        if old.count * new.count <= Self.mostPairs {
            let difference = Array(new).difference(from: Array(old))
            gone = Set(difference.removals.map { old.startIndex + Self.offset($0) })
            come = Set(difference.insertions.map { new.startIndex + Self.offset($0) })
        }
        var (from, to) = (old.startIndex, new.startIndex)
        while from < old.endIndex || to < new.endIndex {
            if gone.contains(from) {
                lines.append(
                    Line(change: .removed, text: String(old[from]), from: from + 1, to: nil))
                from += 1
            } else if come.contains(to) {
                lines.append(Line(change: .added, text: String(new[to]), from: nil, to: to + 1))
                to += 1
            } else {
                keep(old[from...from], at: from, to)
                from += 1
                to += 1
            }
        }
    }

    private static func offset(_ change: CollectionDifference<Substring>.Change) -> Int {
        switch change {
        case .insert(let offset, _, _), .remove(let offset, _, _): offset
        }
    }
}
