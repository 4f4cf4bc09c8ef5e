import Runtime
import Synchronization
import Testing

@testable import ControlService

@Suite struct ChildProcessTests {
    private struct Ending: Sendable, Equatable {
        let lines: [String]
        let exit: ChildProcess.Exit
    }

    private func run(_ script: String, signal: Int32? = nil) async throws -> Ending {
        let loop = EventLoop(name: "child")
        defer { loop.stop() }
        let lines = Mutex<[String]>([])
        let kept = Mutex<ChildProcess?>(nil)
        let specification = ProcessSpecification(
            name: "sh", arguments: ["/bin/sh", "-c", script], environment: ["GREETING": "hello"])
        let exit = try await withCheckedThrowingContinuation { continuation in
            loop.submit {
                do {
                    let child = try ChildProcess.start(
                        specification, on: loop,
                        onLine: { line in
                            lines.withLock { $0.append(line) }
                            if let signal { kept.withLock { $0 }?.signal(signal) }
                        }, onExit: { continuation.resume(returning: $0) })
                    kept.withLock { $0 = child }
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
        return Ending(lines: lines.withLock { $0 }, exit: exit)
    }

    @Test func everyLineOfBothOutputsArrivesBeforeTheExit() async throws {
        let ending = try await run("echo $GREETING; echo two >&2; printf last; exit 3")
        #expect(ending == Ending(lines: ["hello", "two", "last"], exit: .code(3)))
    }

    @Test func aSignalThatEndsItIsNamed() async throws {
        let ending = try await run("echo ready; read forever < /dev/zero; sleep 60", signal: 9)
        #expect(ending == Ending(lines: ["ready"], exit: .signal(9)))
    }

    @Test func onlyTheGivenEnvironmentIsSeen() async throws {
        let ending = try await run("env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=")
        #expect(ending.lines == ["GREETING=hello"])
    }

    @Test func aMissingProgramIsASentence() async {
        let loop = EventLoop(name: "child")
        let text = await withCheckedContinuation { continuation in
            loop.submit {
                let specification = ProcessSpecification(
                    name: "none", arguments: ["/no/such/program"], environment: [:])
                do {
                    _ = try ChildProcess.start(
                        specification, on: loop, onLine: { _ in }, onExit: { _ in })
                    continuation.resume(returning: "started")
                } catch {
                    continuation.resume(returning: "\(error)")
                }
            }
        }
        loop.stop()
        #expect(text == "/no/such/program does not start: No such file or directory")
    }
}
