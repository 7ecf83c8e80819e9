"""Both executors answer the same to documents generated for two made-up schemas, sound and with faults."""

from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest
from graphql import GraphQLSchema, parse, validate

from schema.execution.batching import Execution
from schema.execution.executor import BreadthFirstExecutor
from tests.differential import rows_world, synthetic
from tests.differential.agreement import Answer
from tests.differential.arguments import Arguments
from tests.differential.documents import Document, Writer
from tests.differential.running import UNTIDY, Agreement, Request, tidied

pytestmark = [pytest.mark.anyio, *UNTIDY]
FAULTS = (0.0, 0.0, 0.02, 0.1, 0.3)
OBJECTS = synthetic.synthetic_schema()
ROWS = rows_world.rows_world()


@dataclass
class Trial:
    """One seed's document, a mutation now and then, and what goes wrong while it is run."""

    schema: GraphQLSchema
    arguments: type[Arguments]
    seed: int

    def __post_init__(self) -> None:
        rng = Random(self.seed)
        self.fault = rng.choice(FAULTS)
        self.sync = rng.random() < 0.25
        writer = Writer(self.schema, self.arguments(rng), rng, size=rng.choice([15, 40, 80]))
        self.document: Document = writer.mutation() if rng.random() < 0.2 else writer.query()

    async def ask_objects(self, request: Request, executor: Any) -> Answer:
        world = synthetic.World(self.seed, self.fault, self.sync)
        async with tidied(executor, background=True):
            found = await request.answer(executor, world, sync=self.sync)
        return replace(found, steps=world.count)

    async def ask_rows(self, request: Request, executor: Any) -> Answer:
        world = rows_world.World(self.schema, self.seed, self.fault)
        execution = Execution(world)  # type: ignore[arg-type]
        async with tidied(executor):
            found = await request.answer(executor, execution)
            await execution.close()
        return replace(found, steps=world.count)

    def __str__(self) -> str:
        return f"seed {self.seed}, faults {self.fault}, sync {self.sync}"


@pytest.mark.parametrize(
    ("schema", "arguments"), [(OBJECTS, synthetic.SyntheticArguments), (ROWS, rows_world.RowsArguments)]
)
async def test_nearly_all_documents_are_valid(schema: GraphQLSchema, arguments: type[Arguments]) -> None:
    documents = [Trial(schema, arguments, seed).document for seed in range(60)]
    invalid = [document.text for document in documents if validate(schema, parse(document.text))]
    assert len(invalid) <= 6, invalid  # a fussy scalar refuses some values already in the document


async def test_executors_agree_on_ordinary_resolvers(seeds: range) -> None:
    for seed in seeds:
        trial = Trial(OBJECTS, synthetic.SyntheticArguments, seed)
        # the endpoint has no ordinary resolvers to call
        await Agreement(OBJECTS, trial.ask_objects, [BreadthFirstExecutor]).require(trial.document, str(trial))


async def test_executors_agree_on_rows(seeds: range) -> None:
    for seed in seeds:
        trial = Trial(ROWS, rows_world.RowsArguments, seed)
        await Agreement(ROWS, trial.ask_rows).require(trial.document, str(trial))
