package import Runtime
internal import Synchronization

/// Keeps components running around a piece of work that ends by itself, as a subcommand or a test
/// does. Programs that run until they are told to stop use `ComponentGroup`.
package enum ComponentSession {
    private final class Member: Sendable {
        let name: String
        let component: any Component
        let lifecycle = Lifecycle()
        /// Ready once the component has ended.
        let end = Lifecycle()
        let failure = Mutex<(any Error)?>(nil)

        init(_ name: String, _ component: any Component) {
            self.name = name
            self.component = component
        }

        func run() async {
            do {
                try await component.run(lifecycle)
            } catch {
                failure.withLock { $0 = error }
            }
            end.ready()
            // Nobody waits for the readiness of something that is over.
            lifecycle.ready()
        }

        func check() throws {
            if let error = failure.withLock({ $0 }) {
                throw SessionFailure(component: name, underlying: error)
            }
        }
    }

    /// Starts the components in order on `loop`, each once the one before is ready, runs `body`,
    /// and stops them in reverse.
    ///
    /// - Throws: what `body` throws; `SessionFailure` when a component does not start.
    package static func run<R>(
        _ components: [(name: String, component: any Component)], on loop: EventLoop,
        _ body: () async throws -> R
    ) async throws -> R {
        let members = components.map { Member($0.name, $0.component) }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            var started: [Member] = []
            var outcome: Result<R, any Error>
            do {
                for member in members {
                    started.append(member)
                    group.addTask(executorPreference: loop) { await member.run() }
                    await member.lifecycle.waitUntilReady()
                    try member.check()
                }
                outcome = .success(try await body())
            } catch {
                outcome = .failure(error)
            }
            for member in started.reversed() {
                member.lifecycle.requestShutdown()
                await member.end.waitUntilReady()
            }
            return try outcome.get()
        }
    }
}

/// A component that did not start.
package struct SessionFailure: Error, CustomStringConvertible {
    package let component: String
    package let underlying: any Error

    package var description: String { "\(component) failed: \(underlying)" }
}

/// A step of the start that has its place among components: done once, before the next one starts.
struct StartStep: Component {
    let work: @Sendable () async throws -> Void

    func run(_ lifecycle: Lifecycle) async throws {
        try await work()
        lifecycle.ready()
        await lifecycle.shutdownRequested()
    }
}

/// Says that the service is not ready before anything of it stops: the last to start, the first to
/// be asked to stop.
struct DrainStep: Component {
    let readiness: Readiness
    /// How long requests are still welcome afterwards.
    let delay: Duration
    let loop: EventLoop

    func run(_ lifecycle: Lifecycle) async throws {
        lifecycle.ready()
        await lifecycle.shutdownRequested()
        readiness.drain()
        if delay > .zero { try? await loop.sleep(for: delay) }
    }
}
