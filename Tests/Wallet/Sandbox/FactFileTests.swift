internal import Foundation
internal import Testing

@testable internal import SandboxService

@Suite("The sandbox's file") struct FactFileTests {
    let path = FileManager.default.temporaryDirectory
        .appendingPathComponent("souk-facts-\(UUID().uuidString)").path

    func lines(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    func content() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test func `what was appended is there after opening again`() async throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        do {
            let (file, found) = try FactFile.open(path)
            #expect(found.isEmpty)
            try await file.append(lines("one", "two"))
            try await file.append(lines("three"))
        }
        let (_, found) = try FactFile.open(path)
        #expect(found == lines("one", "two", "three"))
    }

    @Test func `a torn last line is cut off, and the file goes on after it`() async throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "one\ntwo\nthr".write(toFile: path, atomically: false, encoding: .utf8)
        do {
            let (file, found) = try FactFile.open(path)
            #expect(found == lines("one", "two"))
            try await file.append(lines("four"))
        }
        #expect(try content() == "one\ntwo\nfour\n")
    }

    @Test func `many appends at once are all there, each whole`() async throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (file, _) = try FactFile.open(path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    try await file.append([Array("line \(number)".utf8)])
                    try await file.settled()
                }
            }
            try await group.waitForAll()
        }
        let found = Set(try content().split(separator: "\n").map(String.init))
        #expect(found == Set((0..<200).map { "line \($0)" }))
    }

    @Test func `two sandboxes cannot share a file`() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let first = try FactFile.open(path)
        #expect(throws: FactFileError.self) { try FactFile.open(path) }
        withExtendedLifetime(first) {}
    }
}
