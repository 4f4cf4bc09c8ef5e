import EventTypes
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@testable import CMSService

/// Versions compared.
@Suite struct DifferenceTests {
    /// `=1:1 a` stayed, `-2 b` went, `+2 c` came.
    private func shown(_ old: String, _ new: String) -> [String] {
        LineDifference(from: old, to: new).lines.map { line in
            switch line.change {
            case .same: "=\(line.from ?? 0):\(line.to ?? 0) \(line.text)"
            case .removed: "-\(line.from ?? 0) \(line.text)"
            case .added: "+\(line.to ?? 0) \(line.text)"
            }
        }
    }

    @Test func linesStayGoAndCome() {
        #expect(shown("", "") == [])
        #expect(shown("a", "a\n") == ["=1:1 a"])
        #expect(shown("", "a\nb") == ["+1 a", "+2 b"])
        #expect(shown("a\nb", "") == ["-1 a", "-2 b"])
        #expect(shown("a\nb\nc", "a\nx\nc") == ["=1:1 a", "-2 b", "+2 x", "=3:3 c"])
        #expect(shown("a\na", "a") == ["=1:1 a", "-2 a"])
        #expect(shown("a\n\nb", "a\nb") == ["=1:1 a", "-2 ", "=3:2 b"])
        #expect(
            shown("1\n2\n3\n4", "0\n1\n3\n4\n5")
                == ["+1 0", "=1:2 1", "-2 2", "=3:3 3", "=4:4 4", "+5 5"])
    }

    /// Whatever was compared, both texts can be read from the result.
    @Test(arguments: 0..<200)
    func bothTextsAreInIt(seed: Int) {
        var numbers = SeededNumbers(seed)
        func text() -> [String] {
            (0..<numbers.next(12)).map { _ in ["a", "b", "c", ""][numbers.next(4)] }
        }
        let (old, new) = (text().map { $0 + "\n" }.joined(), text().map { $0 + "\n" }.joined())
        let lines = LineDifference(from: old, to: new).lines
        let left = lines.filter { $0.change != .added }
        let right = lines.filter { $0.change != .removed }
        #expect(left.map { $0.text + "\n" }.joined() == old)
        #expect(right.map { $0.text + "\n" }.joined() == new)
        #expect(left.compactMap(\.from) == left.indices.map { $0 + 1 })
        #expect(right.compactMap(\.to) == right.indices.map { $0 + 1 })
    }

    @Test func muchThatDiffersIsShownAsAWhole() {
        let old = ["same"] + (0..<1_100).map { "old \($0)" } + ["end"]
        let new = ["same"] + (0..<1_100).map { "new \($0)" } + ["end"]
        let lines = LineDifference(
            from: old.joined(separator: "\n"), to: new.joined(separator: "\n")
        ).lines
        #expect(lines.map(\.change).first == .same && lines.map(\.change).last == .same)
        #expect(lines.count == 2_202)
        #expect(lines[1].change == .removed && lines[1_101].change == .added)
    }

    @Test func anEditorComparesTwoVersions() async throws {
        try await Desk.with { desk in
            let page = try await desk.begin(body: "one\ntwo\nthree")
            _ = try await desk.act(
                .put, on: page, body: Desk.content("offers", body: "one\n2\nthree"))
            let path = desk.path(page) + "/versions"
            let compared = try await desk.harness.call(.get, path + "/2/diff", as: .admin)
            #expect(compared.status == 200, "\(compared.text)")
            #expect(compared.json["from"] == 1 && compared.json["to"] == 2)
            #expect(compared.json["added"] == 1 && compared.json["removed"] == 1)
            #expect(compared.json["fields"] == [])
            let lines = compared.json["lines"]?.array ?? []
            let changes = lines.compactMap { $0["change"]?.string }
            #expect(changes == ["same", "removed", "added", "same"])
            #expect(lines.compactMap { $0["text"]?.string } == ["one", "two", "2", "three"])
            let back = try await desk.harness.call(
                .get, path + "/1/diff?against=2", as: .admin)
            #expect(back.json["lines"]?[1]?["text"] == "2")
            let first = try await desk.harness.call(.get, path + "/1/diff", as: .admin)
            #expect(first.json["added"] == 0 && first.json["removed"] == 0)
            for wrong in ["/3/diff", "/2/diff?against=9"] {
                let answer = try await desk.harness.call(.get, path + wrong, as: .admin)
                #expect(answer.problem == "not-found")
            }
            let stranger = try await desk.get(path + "/2/diff")
            #expect(stranger.status == 401)
        }
    }
}

/// The same numbers for the same seed.
private struct SeededNumbers {
    private var state: UInt64

    init(_ seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next(_ limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % limit
    }
}
