import EventTypes
import TestSupport
import Testing

@testable import NotificationService

/// A device that connects, is cut off at any moment, and comes back with its cursor, while the log
/// grows, the read model follows it, and the hub follows both, each at its own pace.
@Suite struct LiveInterleavingTests {
    private struct Device {
        var id: LiveConnectionID?
        /// Joined, the past not yet read.
        var joinedAt: Int64?
        /// The past as it was read, not yet handed to the hub.
        var past: LivePast?
        var cursor: LiveCursor?
        var told: [NotificationID: Int] = [:]
        var isRead: Set<NotificationID> = []
        var removed: Set<NotificationID> = []
        var lastPosition: Int64 = 0
    }

    private struct Run {
        var random: SeededRandom
        var world = LiveWorld()
        var state: LiveState
        var shown: Int64 = 0
        var devices = [Device](repeating: Device(cursor: LiveCursor(0)), count: 3)
        var raised = 0

        init(seed: UInt64) {
            random = SeededRandom(seed)
            var limits = LiveState.Limits()
            limits.held = 8
            state = LiveState(limits: limits)
        }

        mutating func dice(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &random) }

        mutating func grow() {
            switch dice(5) {
            case 0, 1:
                raised += 1
                world.append(.raised(LiveWorld.message(raised)))
            case 2 where raised > 0:
                world.append(
                    .read(
                        MessageRead(
                            notificationID: LiveWorld.id(1 + dice(raised)), userID: LiveWorld.ann,
                            readAt: LiveWorld.time)))
            case 3 where raised > 0:
                world.append(
                    .removed(
                        MessageRemoved(
                            notificationID: LiveWorld.id(1 + dice(raised)), userID: LiveWorld.ann,
                            removedAt: LiveWorld.time)))
            default: world.appendOther()
            }
        }

        mutating func project() {
            shown = min(world.head, shown + Int64(1 + dice(4)))
        }

        mutating func follow() {
            let last = min(shown, state.position + Int64(1 + dice(3)))
            guard last > state.position else { return }
            let changes = world.changes(after: state.position, upTo: last)
            for step in state.publish(changes, upTo: last, encode: LiveWorld.text) {
                if case .close(let id, _) = step { cut(id) }
            }
        }

        mutating func cut(_ id: LiveConnectionID) {
            guard let index = devices.firstIndex(where: { $0.id == id }) else { return }
            state.leave(id)
            devices[index].id = nil
            devices[index].joinedAt = nil
            devices[index].past = nil
        }

        /// The next thing that happens to one device.
        mutating func step(_ index: Int, mayBeCut: Bool) throws {
            var device = devices[index]
            defer { devices[index] = device }
            guard let id = device.id else {
                let (id, position) = try state.join(LiveWorld.ann, expiresAt: nil)
                device.id = id
                device.joinedAt = position
                return
            }
            if mayBeCut, dice(20) == 0 {
                state.leave(id)
                device.id = nil
                device.joinedAt = nil
                device.past = nil
            } else if let past = device.past {
                _ = state.admit(id, past: LiveWorld.messages(past), shown: past.shown)
                device.past = nil
                device.joinedAt = nil
            } else if let joinedAt = device.joinedAt {
                if shown >= joinedAt {
                    device.past = world.past(after: device.cursor, shown: shown)
                }
            } else {
                for _ in 0...dice(3) {
                    guard let message = state.next(id) else { break }
                    try hear(try LiveWorld.frame(message.text), &device)
                }
            }
        }

        private func hear(_ frame: LiveFrame, _ device: inout Device) throws {
            let cursor = try #require(frame.cursor)
            device.cursor = cursor
            switch frame.type {
            case .hello: return
            case .notification:
                let view = try #require(frame.notification)
                device.told[view.id, default: 0] += 1
                if view.isRead { device.isRead.insert(view.id) }
            case .read: device.isRead.insert(try #require(frame.notificationID))
            case .removed: device.removed.insert(try #require(frame.notificationID))
            case .reset, .pong, .error: Issue.record("unexpected \(frame)")
            }
            #expect(cursor.position > device.lastPosition)
            device.lastPosition = cursor.position
        }
    }

    @Test(arguments: 0..<60)
    func nothingIsLostAndNothingIsToldTwice(seed: UInt64) throws {
        var run = Run(seed: seed)
        for _ in 0..<600 {
            switch run.dice(5) {
            case 0: run.grow()
            case 1: run.project()
            case 2: run.follow()
            default: try run.step(run.dice(run.devices.count), mayBeCut: true)
            }
        }
        // The log rests; everybody catches up.
        for _ in 0..<2_000 {
            run.project()
            for index in run.devices.indices { try run.step(index, mayBeCut: false) }
            run.follow()
        }
        #expect(run.state.position == run.world.head)
        for device in run.devices {
            let list = run.world.past(after: LiveCursor(0), shown: run.world.head).frames
            let present = list.compactMap(\.notification)
            for view in present {
                #expect(device.told[view.id] == 1)
                #expect(device.isRead.contains(view.id) == view.isRead)
            }
            #expect(device.told.values.allSatisfy { $0 == 1 })
            let kept = Set(device.told.keys).subtracting(device.removed)
            #expect(kept == Set(present.map(\.id)))
        }
    }
}
