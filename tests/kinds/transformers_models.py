"""Small models of real architectures: built from their configs, with random weights and real structure."""

BODY = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
TEXT = {"vocab_size": 50, "max_position_embeddings": 32}
SEQ2SEQ = {
    **TEXT,
    "d_model": 16,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
    "use_cache": False,
}
DECODER = {**TEXT, **BODY, "use_cache": False}
GROUPED = {**DECODER, "num_key_value_heads": 1}
IDS = {"input_ids": ((1, 7), "int64")}
MASKED = {**IDS, "attention_mask": ((1, 7), "int64")}
BOTH = {**IDS, "decoder_input_ids": ((1, 5), "int64")}
PIXELS = {"pixel_values": ((1, 3, 32, 32), "float32")}
LARGE_PIXELS = {"pixel_values": ((1, 3, 64, 64), "float32")}
SOUND = {"input_values": ((1, 400), "float32")}
SPECTRUM = {"input_features": ((1, 8, 40), "float32"), "decoder_input_ids": ((1, 5), "int64")}
TOKENS = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
PATCHES = {"image_size": 32, "patch_size": 8}
WINDOWS = {"image_size": 32, "patch_size": 4, "embed_dim": 8, "depths": [2, 2], "num_heads": [2, 2], "window_size": 4}
STAGES = {
    "num_encoder_blocks": 2,
    "depths": [1, 1],
    "sr_ratios": [2, 1],
    "hidden_sizes": [8, 16],
    "patch_sizes": [7, 3],
}
SPEECH = {
    "conv_dim": [16, 16],
    "conv_stride": [5, 2],
    "conv_kernel": [10, 3],
    "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 2,
    "apply_spec_augment": False,
}
CLIP = {
    "text_config": {**TEXT, **BODY, **TOKENS},
    "vision_config": {**BODY, **PATCHES},
    "projection_dim": 8,
}

ARCHITECTURES = {
    "bert": ("BertModel", "BertConfig", {**TEXT, **BODY}, MASKED),
    "roberta": ("RobertaModel", "RobertaConfig", {**TEXT, **BODY}, IDS),
    "distilbert": (
        "DistilBertModel",
        "DistilBertConfig",
        {**TEXT, "dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32},
        MASKED,
    ),
    "albert": ("AlbertModel", "AlbertConfig", {**TEXT, **BODY, "embedding_size": 8}, IDS),
    "gpt2": (
        "GPT2LMHeadModel",
        "GPT2Config",
        {"vocab_size": 50, "n_positions": 32, "n_embd": 16, "n_layer": 2, "n_head": 2, "use_cache": False},
        IDS,
    ),
    "gptneox": ("GPTNeoXModel", "GPTNeoXConfig", DECODER, IDS),
    "llama": ("LlamaForCausalLM", "LlamaConfig", GROUPED, IDS),
    "mistral": ("MistralForCausalLM", "MistralConfig", {**GROUPED, "sliding_window": 4}, IDS),
    "t5": (
        "T5ForConditionalGeneration",
        "T5Config",
        {
            "vocab_size": 50,
            "d_model": 16,
            "d_kv": 8,
            "d_ff": 32,
            "num_layers": 2,
            "num_heads": 2,
            "decoder_start_token_id": 0,
            "use_cache": False,
        },
        BOTH,
    ),
    "bart": ("BartModel", "BartConfig", SEQ2SEQ, BOTH),
    "vit": ("ViTForImageClassification", "ViTConfig", {**BODY, **PATCHES}, PIXELS),
    "deit": ("DeiTModel", "DeiTConfig", {**BODY, **PATCHES}, PIXELS),
    "swin": ("SwinModel", "SwinConfig", WINDOWS, PIXELS),
    "swin2": ("Swinv2Model", "Swinv2Config", WINDOWS, PIXELS),
    "wav2vec2": ("Wav2Vec2Model", "Wav2Vec2Config", {"vocab_size": 50, **BODY, **SPEECH}, SOUND),
    "whisper": (
        "WhisperModel",
        "WhisperConfig",
        {
            **SEQ2SEQ,
            **TOKENS,
            "vocab_size": 60,
            "decoder_start_token_id": 1,
            "num_mel_bins": 8,
            "max_source_positions": 20,
            "max_target_positions": 20,
        },
        SPECTRUM,
    ),
    "mamba": (
        "MambaForCausalLM",
        "MambaConfig",
        {
            "vocab_size": 50,
            "hidden_size": 16,
            "state_size": 4,
            "num_hidden_layers": 2,
            "time_step_rank": 2,
            "use_cache": False,
        },
        IDS,
    ),
    "convnext": (
        "ConvNextModel",
        "ConvNextConfig",
        {"hidden_sizes": [8, 16], "depths": [1, 1], "num_stages": 2, "image_size": 32},
        PIXELS,
    ),
    "segformer": (
        "SegformerForSemanticSegmentation",
        "SegformerConfig",
        {
            **STAGES,
            "strides": [4, 2],
            "num_attention_heads": [1, 2],
            "mlp_ratios": [2, 2],
            "decoder_hidden_size": 8,
        },
        LARGE_PIXELS,
    ),
    "clip": ("CLIPModel", "CLIPConfig", CLIP, {**IDS, **PIXELS}),
    "xlnet": (
        "XLNetModel",
        "XLNetConfig",
        {"vocab_size": 50, "d_model": 16, "n_layer": 2, "n_head": 2, "d_inner": 32},
        IDS,
    ),
    "bloom": (
        "BloomModel",
        "BloomConfig",
        {"vocab_size": 50, "hidden_size": 16, "n_layer": 2, "n_head": 2, "use_cache": False},
        IDS,
    ),
    "deberta": (
        "DebertaV2Model",
        "DebertaV2Config",
        {**TEXT, **BODY, "relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
        IDS,
    ),
}
"""Model class, config class, settings, and inputs by name."""


def architecture(name):
    """A model in evaluation mode, and inputs for it."""
    import transformers

    model, config, settings, inputs = ARCHITECTURES[name]
    return getattr(transformers, model)(getattr(transformers, config)(**settings)).eval(), inputs
