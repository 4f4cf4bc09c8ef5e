import Foundation
import Testing

@Suite(.timeLimit(.minutes(10))) struct FormatTests {
    @Test func theFormatterHasNothingToSay() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.currentDirectoryURL = Repository.root
        process.arguments = [
            "swift", "format", "lint", "--strict", "--parallel", "--recursive",
            "Package.swift", "Shared", "Services", "Tests",
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(
            decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "run `make fmt`:\n\(output)")
    }
}
