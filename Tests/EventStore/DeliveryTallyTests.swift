import Bus
import EventTypes
import Testing

@testable import EventStore

@Suite struct DeliveryTallyTests {
    private static let topics: [Topic] = [.walletEvents, .orderEvents]

    /// A pipeline that had `before` acknowledged and now `batch`.
    private func pipeline(
        _ before: [PublisherPipeline.Delivery], _ batch: [PublisherPipeline.Delivery]
    ) -> PublisherPipeline {
        var pipeline = PublisherPipeline(PublisherState(), window: 2)
        for deliveries in [before, batch] {
            pipeline.acknowledge(pipeline.handOut([]).number, deliveries)
        }
        return pipeline
    }

    private func random(
        _ generator: inout SystemRandomNumberGenerator
    ) -> [(topic: Topic, delivery: Delivery)] {
        var next: [Int64] = (0..<4).map { _ in Int64.random(in: 0..<4, using: &generator) }
        return (0..<Int.random(in: 0..<12, using: &generator)).map { _ in
            let place = Int.random(in: 0..<4, using: &generator)
            switch Int.random(in: 0..<12, using: &generator) {
            case 0: next[place] = Int64.random(in: 0..<4, using: &generator)
            case 1: return (Self.topics[place % 2], Delivery(partition: 0, offset: -1001))
            case 2: next[place] += 2
            default: break
            }
            next[place] += 1
            return (
                Self.topics[place % 2],
                Delivery(partition: Int32(place / 2), offset: next[place] - 1)
            )
        }
    }

    private func each(
        _ records: [(topic: Topic, delivery: Delivery)]
    ) -> [PublisherPipeline.Delivery] {
        records.map {
            .init(
                place: .init(topic: $0.topic, partition: $0.delivery.partition),
                offset: $0.delivery.offset)
        }
    }

    @Test func aTallySaysWhatEveryDeliveryWouldSay() {
        var generator = SystemRandomNumberGenerator()
        var lost = 0
        for _ in 0..<5_000 {
            let (before, batch) = (random(&generator), random(&generator))
            var tally = DeliveryTally()
            for record in batch { tally.add(record.topic, record.delivery) }
            let want = pipeline(each(before), each(batch))
            let got = pipeline(each(before), tally.deliveries)
            #expect(got.isTopicLost == want.isTopicLost)
            #expect(got.checkpoint == want.checkpoint)
            #expect(tally.counts.map(\.count).reduce(0, +) == batch.count)
            if want.isTopicLost { lost += 1 }
        }
        #expect(lost > 100)
    }

    @Test func aLongBatchIsTwoDeliveriesOfEachPartition() {
        var tally = DeliveryTally()
        for number in 0..<1_000 {
            tally.add(
                .walletEvents,
                Delivery(partition: Int32(number % 4), offset: Int64(number / 4)))
        }
        #expect(tally.deliveries.count == 8)
        #expect(tally.counts.map(\.count) == [1_000])
    }
}
