"""Graph -> graph, until both frameworks say the same thing the same way.

Each pass is a pure function in a module of its own. It returns the very graph that it was given when nothing changed,
is idempotent, and keeps the model's inputs. The order is meaning, so it is written here by hand.
"""

from collections.abc import Callable

from parity.errors import ParityError
from parity.graph import Evidence, LayerGraph
from parity.passes._axes_algebra import Factor, Form, permuted, reshaped
from parity.passes._chains import chain_to, form_of, rearranges
from parity.passes._computed import COMPUTED_BEFORE, Computed, calls_of, told_functions
from parity.passes._computed_before import computed_before
from parity.passes._padding import padding_read
from parity.passes._relaid import relaid
from parity.passes._reworded import reworded
from parity.passes._settled import settled
from parity.passes.batch_first import batch_first
from parity.passes.cut_concats import cut_concats
from parity.passes.drop_dead import drop_dead
from parity.passes.drop_doubled_masks import drop_doubled_masks
from parity.passes.drop_identities import drop_identities
from parity.passes.drop_idle_masks import drop_idle_masks
from parity.passes.drop_quantisation import drop_quantisation
from parity.passes.drop_transposes import drop_transposes
from parity.passes.drop_wrapped_indices import drop_wrapped_indices
from parity.passes.drop_zero_states import drop_zero_states
from parity.passes.fold_constants import fold_constants
from parity.passes.globalise_pooling import globalise_pooling
from parity.passes.mark_masks import mark_masks
from parity.passes.merge_batches import merge_batches
from parity.passes.merge_bias import merge_bias, merge_bias_of_rows
from parity.passes.merge_negations import merge_negations
from parity.passes.merge_nested import merge_nested
from parity.passes.merge_padding import merge_padding
from parity.passes.merge_places import merge_places
from parity.passes.merge_rearrangements import merge_rearrangements
from parity.passes.merge_repeats import merge_repeats
from parity.passes.merge_roots import merge_roots
from parity.passes.merge_rows import merge_rows
from parity.passes.merge_scale_shift import merge_scale_shift, norms_written_out
from parity.passes.merge_sequences import merge_sequences
from parity.passes.merge_slices import merge_slices
from parity.passes.merge_steps import merge_steps
from parity.passes.merge_stored_operands import merge_stored_operands
from parity.passes.merge_stored_parts import merge_stored_parts
from parity.passes.merge_twins import merge_twins
from parity.passes.merge_unit_axes import merge_unit_axes
from parity.passes.name_axes import name_axes
from parity.passes.read_masks import read_masks
from parity.passes.read_turned_weights import read_turned_weights
from parity.passes.recompose_activations import recompose_activations
from parity.passes.recompose_attention import recompose_attention
from parity.passes.recompose_averages import recompose_averages
from parity.passes.recompose_group_norm import recompose_group_norm
from parity.passes.recompose_normalization import recompose_normalization
from parity.passes.recompose_norms import recompose_norms
from parity.passes.recompose_prelu import recompose_prelu
from parity.passes.recompose_projections import recompose_projections
from parity.passes.recompose_recurrence import recompose_recurrence
from parity.passes.recompose_repeats import recompose_repeats
from parity.passes.recompose_scaled_norms import recompose_scaled_norms
from parity.passes.resolve_masks import resolve_masks
from parity.passes.resolve_states import resolve_states
from parity.passes.sort_batch_axes import sort_batch_axes
from parity.passes.spell_new_axes import spell_new_axes
from parity.passes.split_batches import split_batches
from parity.passes.split_gates import split_gates
from parity.passes.split_projections import split_projections
from parity.passes.squeeze_global_pool import squeeze_global_pool
from parity.passes.turn_recurrence import turn_recurrence

__all__ = [
    "COMPUTED_BEFORE",
    "PASSES",
    "Computed",
    "Factor",
    "Form",
    "calls_of",
    "chain_to",
    "computed_before",
    "form_of",
    "normalise",
    "norms_written_out",
    "padding_read",
    "permuted",
    "rearranges",
    "relaid",
    "reshaped",
    "reworded",
    "settled",
    "told_functions",
]

Pass = Callable[[LayerGraph], LayerGraph]

PASSES: tuple[Pass, ...] = (
    drop_quantisation,
    drop_identities,
    split_gates,
    merge_sequences,
    merge_places,
    merge_negations,
    fold_constants,
    mark_masks,
    drop_doubled_masks,
    read_turned_weights,
    merge_stored_operands,
    merge_stored_parts,
    merge_steps,
    drop_dead,
    recompose_recurrence,
    drop_zero_states,
    resolve_states,
    drop_wrapped_indices,
    drop_dead,
    batch_first,
    turn_recurrence,
    drop_idle_masks,
    merge_bias_of_rows,
    merge_rows,
    merge_batches,
    merge_unit_axes,
    recompose_activations,
    recompose_norms,
    recompose_scaled_norms,
    recompose_group_norm,
    split_batches,
    recompose_attention,
    split_batches,
    resolve_masks,
    read_masks,
    drop_dead,
    recompose_projections,
    merge_bias,
    recompose_normalization,
    merge_scale_shift,
    recompose_averages,
    recompose_repeats,
    drop_transposes,
    drop_identities,
    merge_bias,
    merge_repeats,
    sort_batch_axes,
    split_projections,
    recompose_prelu,
    spell_new_axes,
    merge_rearrangements,
    drop_dead,
    merge_padding,
    merge_slices,
    merge_nested,
    cut_concats,
    globalise_pooling,
    squeeze_global_pool,
    merge_roots,
    merge_twins,
    name_axes,
)


def normalise(graph: LayerGraph) -> LayerGraph:
    """Run every pass in order; what a file of tensors tells is left as it is, since there is no wiring to simplify.

    Raises:
        ParityError: a pass lost an input of the model; names it and those before it.
    """
    for at, each in enumerate(PASSES if graph.evidence is not Evidence.TENSORS else ()):
        result = each(graph)
        if result.inputs != graph.inputs:
            before = ", ".join(done.__name__ for done in PASSES[:at]) or "none"
            raise ParityError(
                f"the pass {each.__name__} is wrong", "it changed the model's inputs", found=f"after {before}"
            )
        graph = result
    return graph
